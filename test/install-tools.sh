#!/bin/sh
# Installs what the kernel tests need (iptables, nftables, conntrack, iproute2), where it is missing and may be.
set -eu
missing=""
command -v iptables-legacy-restore >/dev/null 2>&1 || missing="$missing iptables"
command -v iptables-nft-restore >/dev/null 2>&1 || missing="$missing iptables"
command -v nft >/dev/null 2>&1 || missing="$missing nftables"
command -v conntrack >/dev/null 2>&1 || missing="$missing conntrack"
command -v ip >/dev/null 2>&1 || missing="$missing iproute2"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "the kernel tests need root and$missing; install them, then run npm test again" >&2
  exit 2
fi
echo "installing$missing" >&2
# shellcheck disable=SC2086 # a list of package names
(apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing) >&2
