import { Fault } from '../fault.ts';
import { inspectNode } from '../startup/inspect-node.ts';
import { type Command, parse } from './command.ts';
import { configuredNode } from './echo.ts';
import { effectiveConfig } from './effective-config.ts';

const DAY_MS = 86_400_000;

/** `earshot tls NODE`: what the node shows in a handshake, and whether we trust it. */
export const tls: Command = {
  usage: `Usage: earshot tls NODE [--config earshot.yaml]

Makes a TLS handshake with a configured node and prints its protocol, its certificates with their expiry, and whether they
are trusted under the node's configuration. Nothing else is sent. Ends with 1 when they are not trusted.`,
  run: async (args) => {
    const { values, positionals } = parse(args, { config: { type: 'string', default: 'earshot.yaml' } }, 1);
    const config = await effectiveConfig(values.config);
    const node = configuredNode(config, positionals[0]);
    const { address, protocol, cipher, chain, objection } = await inspectNode(node, config);
    console.log(`${node.name} (${address}) speaks ${protocol}, ${cipher}`);
    for (const [depth, { subject, issuer, altNames, validFrom, validTo, fingerprint }] of chain.entries()) {
      const days = Math.floor((validTo.getTime() - Date.now()) / DAY_MS);
      const expiry = days < 0 ? `expired ${-days} days ago` : `${days} days left`;
      console.log(`${depth}: ${subject}`);
      console.log(`   issued by ${issuer}`);
      if (altNames) console.log(`   for ${altNames}`);
      console.log(`   from ${day(validFrom)} to ${day(validTo)}, ${expiry}`);
      console.log(`   SHA-256 ${fingerprint}`);
    }
    if (objection !== undefined) throw new Fault('PEER_TLS', `not trusted: ${objection}`);
    console.log('trusted');
    return 0;
  },
};

const day = (date: Date): string => date.toISOString().slice(0, 10);
