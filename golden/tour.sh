#!/bin/sh
# What npm start shows: one bundled cluster, its rules, and how to read them.
set -eu
cd "$(dirname "$0")/.."
scenario=golden/three-pods
sed 's/^# /== /' "$scenario/README.md"
printf '\n$ kube-chains compile -f %s/cluster.yaml --config %s/kube-proxy.yaml --family ipv4\n\n' "$scenario" "$scenario"
node_modules/.bin/tsx src/cli/main.ts compile -f "$scenario/cluster.yaml" --config "$scenario/kube-proxy.yaml" --family ipv4
cat <<'EOF'

How a connection to 10.96.44.7:8080 goes, in table nat above:
  KUBE-SERVICES  finds the Service by its cluster IP and port
  KUBE-SVC-...   draws an endpoint: 1/3, then 1/2 of what is left, then the rest
  KUBE-SEP-...   rewrites the destination (DNAT) to that pod

Next: the other examples are in golden/ (each with a README of three lines);
your own cluster:  kubectl get services,endpointslices,nodes,servicecidrs -A -o yaml > cluster.yaml
                   npx tsx src/cli/main.ts compile -f cluster.yaml --node NODE
EOF
