import type { PeerTls } from '../../adapters/tls/inspect.ts';
import { type Finding, passed } from './check-advice.ts';

const DAY_MS = 86_400_000;
/** Time to have a certificate renewed in a hospital. */
const FEWEST_DAYS = 14;

/** What a handshake showed, as a finding: not trusted, expired, or about to, is failed. */
export function judgeCertificate({ protocol, chain, objection }: PeerTls, now: Date): Finding {
  const [own] = chain;
  if (!own) return failed('The peer shows no certificate: have one installed there.');
  const days = Math.floor((own.validTo.getTime() - now.getTime()) / DAY_MS);
  const until = own.validTo.toISOString().slice(0, 10);
  const about = `${own.subject}, issued by ${own.issuer}, valid until ${until}, ${protocol}`;
  if (days < 0) return failed(`The certificate expired on ${until}: have it renewed at the peer. ${about}`);
  if (objection !== undefined)
    return failed(
      `The certificate is not trusted (${objection}): add the authority that signed it to tls.ca of the node, or have the peer show a certificate of this name. ${about}`,
    );
  if (days < FEWEST_DAYS)
    return failed(`The certificate expires in ${days} days: have it renewed at the peer. ${about}`);
  return passed(`Trusted, ${days} days left: ${about}`);
}

const failed = (text: string): Finding => ({ outcome: 'failed', code: 'PEER_TLS', text });
