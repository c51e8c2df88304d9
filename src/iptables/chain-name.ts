import { hash } from 'node:crypto';

/** Chains that all services share; kubelet, CNI plugins and operators know them by these names. */
export const sharedChains = {
  services: 'KUBE-SERVICES',
  external: 'KUBE-EXTERNAL-SERVICES',
  nodePorts: 'KUBE-NODEPORTS',
  postrouting: 'KUBE-POSTROUTING',
  markMasq: 'KUBE-MARK-MASQ',
  forward: 'KUBE-FORWARD',
  proxyFirewall: 'KUBE-PROXY-FIREWALL',
  kubeletFirewall: 'KUBE-FIREWALL',
} as const;

/** Which chain of a service port: for all endpoints, local ones, external traffic, source ranges, one endpoint. */
export type ServiceChainKind = 'SVC' | 'SVL' | 'EXT' | 'FW' | 'SEP';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const hashLength = 16;

/** First 16 characters of the base32 (RFC 4648) of the SHA-256 of `text`. */
function hash16(text: string): string {
  const digest = hash('sha256', text, 'binary');
  let out = '';
  let bits = 0;
  let value = 0;
  for (let i = 0; out.length < hashLength; i++) {
    value = ((value << 8) | digest.charCodeAt(i)) & 0xffff;
    for (bits += 8; bits >= 5 && out.length < hashLength; bits -= 5)
      out += alphabet[(value >> (bits - 5)) & 31];
  }
  return out;
}

/** `servicePort` is the printed name, `protocol` in lower case. Names are kube-proxy's (spec 2, "Names"). */
export function serviceChainHash(servicePort: string, protocol: string): string {
  return hash16(servicePort + protocol);
}

/** `socket` is `ip:port`. */
export function endpointChain(servicePort: string, protocol: string, socket: string): string {
  return `KUBE-SEP-${hash16(servicePort + protocol + socket)}`;
}
