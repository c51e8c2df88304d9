import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { endpointChain, serviceChainHash, sharedChains } from '../../src/iptables/chain-name.ts';

/** RFC 4648 by the book, bit by bit, to compare with. */
function base32OfSha256(text: string): string {
  const bits = [...createHash('sha256').update(text).digest()]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');
  const letters = bits.match(/.{5}/g) ?? [];
  return letters.map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five, 2)]).join('');
}

describe('names of chains', () => {
  it('are those that every cluster has for its API server', () => {
    expect(serviceChainHash('default/kubernetes:https', 'tcp')).toBe('NPX46M4PTMTKRN6Y');
  });

  it('are those that every kubeadm cluster has for its DNS', () => {
    expect(serviceChainHash('kube-system/kube-dns:dns', 'udp')).toBe('TCOU7JCQXEZGVUNU');
    expect(serviceChainHash('kube-system/kube-dns:dns-tcp', 'tcp')).toBe('ERIFXISQEP7F7OF4');
  });

  it('hash the name of the service port and the protocol', () => {
    for (const name of ['shop/web', 'shop/web:http', `${'n'.repeat(63)}/${'s'.repeat(63)}:${'p'.repeat(63)}`])
      for (const protocol of ['tcp', 'udp', 'sctp'])
        expect(serviceChainHash(name, protocol)).toBe(base32OfSha256(name + protocol).slice(0, 16));
  });

  it('of endpoints hash the socket too', () => {
    expect(endpointChain('shop/web:http', 'tcp', '10.244.1.1:8080')).toBe(
      `KUBE-SEP-${base32OfSha256('shop/web:httptcp10.244.1.1:8080').slice(0, 16)}`,
    );
    expect(endpointChain('shop/web', 'udp', '[fd00:244::1]:53')).toBe(
      `KUBE-SEP-${base32OfSha256('shop/webudp[fd00:244::1]:53').slice(0, 16)}`,
    );
  });

  it('fit into the 28 characters of a chain name', () => {
    expect(endpointChain('shop/web', 'tcp', '10.0.0.1:80')).toHaveLength(25);
    for (const name of Object.values(sharedChains)) expect(name.length).toBeLessThanOrEqual(28);
  });

  it('that all services share are those of kube-proxy', () => {
    expect(Object.values(sharedChains).sort()).toEqual([
      'KUBE-EXTERNAL-SERVICES',
      'KUBE-FIREWALL',
      'KUBE-FORWARD',
      'KUBE-MARK-MASQ',
      'KUBE-NODEPORTS',
      'KUBE-POSTROUTING',
      'KUBE-PROXY-FIREWALL',
      'KUBE-SERVICES',
    ]);
  });
});
