import { BlockList, isIP, isIPv4 } from 'node:net';

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIPv4(address) ? 'ipv4' : 'ipv6');

/**
 * Whether an address is one of the list (addresses, and networks such as 10.0.0.0/24), or in one of its networks. An IPv4 address is
 * the same when it is written as one of IPv6 (::ffff:10.0.0.2, RFC 4291 2.5.5.2). What is no address is not.
 */
export function inNetworks(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const each of networks) {
    const [network = '', prefix] = each.split('/');
    if (prefix === undefined) list.addAddress(network, familyOf(network));
    else list.addSubnet(network, Number(prefix), familyOf(network));
  }
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address));
}
