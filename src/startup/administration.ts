/** Joins what speaks to people: logins, operations, pages. */
import { adminApp } from '../../adapters/admin/app.tsx';
import { pagesOf } from '../../adapters/admin/pages.ts';
import { openApi } from '../api/openapi.ts';
import type { AnyOperation } from '../api/operation.ts';
import { type Gate, perform, toldChange } from '../api/perform.ts';
import { Accounts } from '../catalogue/accounts.ts';
import { PatientDirectory } from '../catalogue/patient-directory.ts';
import { Seldom } from '../catalogue/seldom.ts';
import { createLogins } from '../users/logins.ts';
import { newSecret } from '../users/secret.ts';
import type { Administered } from './administered.ts';
import { readAssets } from './assets.ts';
import type { Auditing } from './auditing.ts';
import { openDroppedFiles } from './describe-dropped.ts';
import { inNetworks } from './in-networks.ts';
import { isSqlite } from './open-database.ts';
import { operationsOf } from './operations.ts';
import { singleSignOn } from './single-sign-on.ts';
import { VERSION } from './version.ts';
import type { Watching } from './watching.ts';

/** A look that goes on, as at a live page, is one line of the audit trail in so long. */
const LOOK_AGAIN_MS = 10 * 60_000;
/** And pages that are refused to a session, over and over. */
const REFUSED_AGAIN_MS = 60_000;

export type Administration = Readonly<{
  pages: ReturnType<typeof adminApp>;
  /** path and query under which the first administrator is made; undefined when there is one */
  firstLink: string | undefined;
}>;

type Needs = Administered &
  Readonly<{
    auditing: Auditing;
    watching: Watching;
    /** where what is dropped on a page lies while it is read */
    temporaryFolder: string;
  }>;

/** Whatever speaks to people. */
export async function openAdministration(needs: Needs): Promise<Administration> {
  const { sql, clock, log, config, world, auditing, watching } = needs;
  const accounts = new Accounts(sql, clock);
  const { admin } = config();
  const key = await world().catalogue.setting('browserKey', newSecret());
  const logins = createLogins(accounts, admin, clock, { key });
  const looks = new Seldom(clock, LOOK_AGAIN_MS);
  const gate: Gate = {
    isLocked: () => admin.locked,
    audit: async (line) => {
      const { actor, role, via, address, action, subject } = line;
      const key = JSON.stringify([actor, role, via, address, action, subject?.id]);
      if (line.isLook && !looks.isDue(key)) return;
      await auditing.trail.write(line);
      if (line.isLook) looks.done(key);
    },
    begin: (lines) => auditing.trail.begin(lines),
  };
  const refusals = new Seldom(clock, REFUSED_AGAIN_MS);
  /** What anybody may do as often as they like, and what is wrong about it is no guess at a password. */
  const knocks = new Seldom(clock, REFUSED_AGAIN_MS);
  const secret = await world().catalogue.setting('patientKeys', newSecret());
  const directory = new PatientDirectory(sql, secret);
  const dropped = openDroppedFiles(needs.temporaryFolder, needs.radiomics);
  const provider = singleSignOn(admin, clock);
  const made = { watching, accounts, logins, auditing, directory, dropped, issuer: provider?.issuer };
  const areas = operationsOf({ ...needs, ...made });
  const operations: AnyOperation[] = Object.values(areas).flatMap((area) => Object.values(area));
  const pages = adminApp({
    logins,
    operations,
    pages: pagesOf(areas),
    perform: (operation, input, actor) => perform(gate, operation, input, actor),
    openApi: () => openApi(operations, VERSION),
    log: (event, fields) => log.error(event, fields),
    hasAdministrator: () => accounts.hasAdministrator(),
    hasPassword: async (name) => (await accounts.user(name))?.passwordHash != null,
    told: async ({ name, address }, action, outcome, fault) => {
      const knock =
        outcome === 'done' || fault === 'LOGIN_FAILED' ? undefined : `${action} ${fault} ${address}`;
      if (knock && !knocks.isDue(knock)) return;
      const user = await accounts.user(name);
      // A name that nobody has may be a password in the wrong field.
      const actor = user ? name : 'unknown';
      const role = user?.role ?? '';
      await auditing.trail.write({ actor, role, via: 'browser', address, action, outcome, fault });
      if (knock) knocks.done(knock);
    },
    changed: ({ name, address, isVouched = false }, action, task) => {
      const lineOf = async () => {
        const user = await accounts.user(name);
        const actor = user || isVouched ? name : 'unknown';
        return { actor, role: user?.role ?? '', via: 'browser', address, action };
      };
      return toldChange(gate, lineOf, task);
    },
    refused: async ({ id, actor: { name, ...actor } }, fault) => {
      if (!refusals.isDue(id)) return;
      await auditing.trail.write({
        ...actor,
        actor: name,
        action: 'page.refused',
        outcome: 'refused',
        fault,
      });
      refusals.done(id);
    },
    front: { publicUrl: admin.publicUrl, isTrustedProxy: inNetworks(admin.trustedProxies) },
    singleSignOn: provider,
    assets: readAssets(),
    isLocked: gate.isLocked,
  });
  const first = admin.locked ? undefined : await logins.offerFirst(!isSqlite(config()));
  return { pages, firstLink: first && `/first?secret=${first}` };
}
