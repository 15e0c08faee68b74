import {
  type ChangeRow,
  type ChangeSource,
  ConfigurationChanges,
  type NewChange,
  type SectionRow,
} from '../catalogue/configuration-changes.ts';
import { locked } from '../catalogue/locked.ts';
import { masked } from '../configuration/kept-secrets.ts';
import { isRuleFile, isSection, SECTIONS, type Section } from '../configuration/section.ts';
import { saysTheSame } from '../configuration/seed.ts';
import { digestOf } from '../dicom/uid.ts';
import { asFault, Fault } from '../fault.ts';
import type { Clock, Log, Sql, Statement } from '../ports.ts';
import { acceptedText, type Effective, effectiveOf, refuseUnusable } from './effective.ts';
import { exportText, readImport } from './exported-configuration.ts';
import type { WrittenConfig } from './load.ts';
import { refuseSlowRules } from './rule-examples.ts';
import { type Current, seed, textsOf } from './seed-configuration.ts';

/** A section as people may see it. `digest` says which state of it was seen: `basedOn` of a change. */
export type ShownSection = Readonly<{ section: Section; text: string; digest: string; changedAt: Date }>;

/** A change as people may see it. */
export type ShownChange = ChangeRow & Readonly<{ changesSecrets: boolean }>;

export type Author = Readonly<{ author: string; reason: string }>;
export type Proposal = Author & Readonly<{ source: ChangeSource; basedOn?: string | undefined }>;

/** What would change; texts as people may see them. */
export type PlannedChange = Readonly<{
  section: Section;
  before: string;
  after: string;
  changesSecrets: boolean;
}>;

type Listener = (now: Current, before: Current, changed: readonly Section[]) => void;

type Options = Readonly<{
  sql: Sql;
  clock: Clock;
  log: Log;
  written: WrittenConfig;
  /** what is to be written in the transaction of a change */
  alsoWrite?: (now: Effective, before: Effective, changed: readonly Section[]) => readonly Statement[];
}>;

/** By which processes change the configuration one after the other. */
const LOCK = 'configuration';

/**
 * The configuration that counts while the service runs, and how it came to be so. Changes are made one after the other, each in one
 * transaction with its line of the history; what is refused leaves no trace.
 */
export class LiveConfiguration {
  readonly #options: Options;
  readonly #changes: ConfigurationChanges;
  readonly #listeners = new Set<Listener>();
  #rows: ReadonlyMap<Section, SectionRow>;
  #current: Current;
  /** What the listeners were told last. */
  #told: ReadonlyMap<Section, SectionRow>;
  #problem: Fault | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(
    options: Options,
    changes: ConfigurationChanges,
    rows: ReadonlyMap<Section, SectionRow>,
    current: Current,
  ) {
    this.#options = options;
    this.#changes = changes;
    this.#rows = rows;
    this.#told = rows;
    this.#current = current;
  }

  /** Takes from the file what counts of it, one process after the other. Throws what loading it would. */
  static async open(options: Options): Promise<LiveConfiguration> {
    const { sql, clock } = options;
    const changes = new ConfigurationChanges(sql, clock);
    return locked(sql, LOCK, async () => {
      for (;;) {
        const current = await seed(changes, options);
        if (current) return new LiveConfiguration(options, changes, await changes.sections(), current);
      }
    });
  }

  current(): Current {
    return this.#current;
  }

  /** Why this process goes on with an older configuration than the one that counts. */
  get problem(): Fault | undefined {
    return this.#problem;
  }

  /**
   * Follows what other processes changed: true when something else counts from now on. What this process cannot follow, such as a model
   * whose file is not here, is logged and tried again with the next refresh; until then the older configuration counts here.
   */
  refresh(): Promise<boolean> {
    const turn = this.#turn.then(() => this.#follow());
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #follow(): Promise<boolean> {
    if (!this.#problem && !(await this.#changes.isNewer(this.#rows))) return false;
    this.#rows = await this.#changes.sections();
    const changed = SECTIONS.filter(
      (section) => this.#rows.get(section)?.value !== this.#told.get(section)?.value,
    );
    if (changed.length === 0) {
      this.#problem = undefined;
      return false;
    }
    const { log, written } = this.#options;
    const before = this.#current;
    try {
      const effective = effectiveOf(
        written,
        textsOf((section) => this.#rows.get(section)?.value),
      );
      this.#current = { ...effective, version: Math.max(await this.#changes.lastId(), before.version) };
    } catch (thrown) {
      this.#cannotFollow(thrown);
      return false;
    }
    if (!this.#problem)
      for (const section of changed)
        log.info('configuration.changed', { section, source: 'elsewhere', version: this.#current.version });
    this.#tell(before, changed);
    return this.#problem === undefined;
  }

  #cannotFollow(thrown: unknown): void {
    const fault = asFault(thrown);
    if (fault.message !== this.#problem?.message)
      this.#options.log.error('configuration.notFollowed', { code: fault.code });
    this.#problem = fault;
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  section(section: Section): ShownSection {
    const { value, changedAt } = this.#row(section);
    const text = masked(section, value);
    return { section, text, digest: digestOf(`${changedAt.getTime()}\n${text}`), changedAt };
  }

  sections(): readonly ShownSection[] {
    return SECTIONS.map((section) => this.section(section));
  }

  /** What a text would change, checked as `propose` does; nothing is changed. */
  plan(section: Section, text: string): PlannedChange {
    const before = this.#row(section).value;
    const after = acceptedText(section, text, before);
    this.#check(new Map([[section, after]]));
    return planned(section, before, after);
  }

  /** Applied at once, or pending where a second person approves. */
  async propose(section: Section, text: string, proposal: Proposal): Promise<ShownChange> {
    return this.#exclusively(async () => {
      this.#refuseWhenLocked();
      const seen = proposal.basedOn;
      if (seen !== undefined && seen !== this.section(section).digest) throw new Fault('CHANGE_CONFLICT');
      const after = acceptedText(section, text, this.#row(section).value);
      const [made] = await this.#make(new Map([[section, after]]), proposal);
      if (!made) throw new Fault('CHANGE_EMPTY');
      return made;
    });
  }

  /** By another person than its author. */
  async approve(id: number, author: string): Promise<ShownChange> {
    return this.#exclusively(async () => {
      this.#refuseWhenLocked();
      const change = await this.#waiting(id);
      if (change.author === author) throw new Fault('APPROVAL_NEEDED');
      const { section, before, after } = change;
      if (before !== this.#row(section).value) throw new Fault('CHANGE_CONFLICT');
      await this.#apply(new Map([[section, after]]), id, change.source, [
        this.#changes.deciding(id, 'applied', author),
      ]);
      return this.#shown(id);
    });
  }

  /** By anybody, also its author. */
  async reject(id: number, author: string, reason: string): Promise<ShownChange> {
    return this.#exclusively(async () => {
      this.#refuseWhenLocked();
      await this.#waiting(id);
      const decision = this.#changes.deciding(id, 'rejected', author);
      if (!(await this.#changes.write([decision, this.#changes.telling(id, reason)])))
        throw new Fault('CHANGE_CONFLICT');
      return this.#shown(id);
    });
  }

  /** Makes a section what it was before or after a change: a change of its own. */
  async restore(id: number, which: 'before' | 'after', author: Author): Promise<ShownChange> {
    return this.#exclusively(async () => {
      this.#refuseWhenLocked();
      const change = await this.#change(id);
      const text = change[which];
      if (text === null) throw new Fault('INPUT_NOT_FOUND', 'there was nothing before the first change');
      const [made] = await this.#make(new Map([[change.section, text]]), { ...author, source: 'restore' });
      if (!made) throw new Fault('CHANGE_EMPTY');
      return made;
    });
  }

  /** The newest first, without secrets. */
  async history(
    query: Readonly<{ section?: Section | undefined; limit: number; beforeId?: number | undefined }>,
  ): Promise<ShownChange[]> {
    return (await this.#changes.history(query)).map(shown);
  }

  async pending(): Promise<ShownChange[]> {
    return (await this.#changes.pending()).map(shown);
  }

  /** All sections as one YAML document, without secrets. */
  exportYaml(): string {
    return exportText((section) => masked(section, this.#row(section).value));
  }

  /** What an exported document would change; sections that it does not have stay. */
  planImport(text: string): PlannedChange[] {
    const texts = this.#imported(text);
    this.#check(texts);
    return [...texts].map(([section, after]) => planned(section, this.#row(section).value, after));
  }

  /** All that it would change in one transaction, or nothing. */
  async importYaml(text: string, author: Author): Promise<ShownChange[]> {
    return this.#exclusively(async () => {
      this.#refuseWhenLocked();
      const made = await this.#make(this.#imported(text), { ...author, source: 'import' });
      if (made.length === 0) throw new Fault('CHANGE_EMPTY');
      return made;
    });
  }

  #imported(text: string): Map<Section, string> {
    const texts = readImport(text, (section) => this.#row(section).value);
    return new Map([...texts].filter(([section, after]) => this.#isNews(section, after)));
  }

  #row(section: Section): SectionRow {
    const row = this.#rows.get(section);
    if (!row || !isSection(section)) throw new Fault('INPUT_NOT_FOUND', 'there is no such section');
    return row;
  }

  #isNews(section: Section, after: string): boolean {
    return !saysTheSame(section, this.#row(section).value, after);
  }

  #refuseWhenLocked(): void {
    if (this.#options.written.config.admin.locked) throw new Fault('ADMIN_LOCKED');
  }

  /** What would count with these texts, which people gave. Throws what is wrong with it. */
  #check(texts: ReadonlyMap<Section, string>): Effective {
    for (const [section, text] of texts) if (isRuleFile(section)) refuseSlowRules(section, text);
    const all = textsOf((section) => texts.get(section) ?? this.#row(section).value);
    const effective = effectiveOf(this.#options.written, all);
    refuseUnusable(effective);
    return effective;
  }

  /** A change for each text that says something new; none: nothing is written. */
  async #make(
    texts: ReadonlyMap<Section, string>,
    { author, reason, source }: Author & Readonly<{ source: ChangeSource }>,
  ): Promise<ShownChange[]> {
    const news = new Map([...texts].filter(([section, after]) => this.#isNews(section, after)));
    if (news.size === 0) return [];
    const isPending = this.#options.written.config.admin.secondApprover;
    const first = (await this.#changes.lastId()) + 1;
    const adding = [...news].map(([section, after], index) => {
      const before = this.#row(section).value;
      const change: NewChange = { section, before, after, author, reason, source };
      return this.#changes.adding(first + index, change, isPending ? 'pending' : 'applied');
    });
    if (isPending) {
      this.#check(news);
      if (!(await this.#changes.write(adding))) throw new Fault('CHANGE_CONFLICT');
    } else await this.#apply(news, first + news.size - 1, source, adding);
    return Promise.all([...news].map((_, index) => this.#shown(first + index)));
  }

  /** The transaction of a change, and from then on what it says. */
  async #apply(
    texts: ReadonlyMap<Section, string>,
    id: number,
    source: ChangeSource,
    history: readonly Statement[],
  ): Promise<void> {
    const { log, alsoWrite } = this.#options;
    const effective = this.#check(texts);
    const before = this.#current;
    const changed = [...texts.keys()];
    const setting = [...texts].map(([section, after]) =>
      this.#changes.setting({ section, before: this.#row(section).value, after }),
    );
    const also = alsoWrite?.(effective, before, changed) ?? [];
    if (!(await this.#changes.write([...history, ...setting, ...also]))) throw new Fault('CHANGE_CONFLICT');
    this.#rows = await this.#changes.sections();
    this.#current = { ...effective, version: Math.max(id, before.version) };
    for (const section of changed)
      log.info('configuration.changed', { section, source, version: this.#current.version });
    this.#tell(before, changed);
  }

  /** The change counts already: one who cannot follow it must not keep it from the others, and is told again. */
  #tell(before: Current, changed: readonly Section[]): void {
    const faults: unknown[] = [];
    for (const listener of this.#listeners) {
      try {
        listener(this.#current, before, changed);
      } catch (thrown) {
        faults.push(thrown);
      }
    }
    if (faults.length > 0) this.#cannotFollow(faults[0]);
    else {
      this.#problem = undefined;
      this.#told = this.#rows;
    }
  }

  async #change(id: number): Promise<ChangeRow> {
    const change = await this.#changes.change(id);
    if (!change) throw new Fault('INPUT_NOT_FOUND', 'there is no such change');
    return change;
  }

  async #waiting(id: number): Promise<ChangeRow> {
    const change = await this.#change(id);
    if (change.state !== 'pending') throw new Fault('CHANGE_CONFLICT', `the change is ${change.state}`);
    return change;
  }

  async #shown(id: number): Promise<ShownChange> {
    return shown(await this.#change(id));
  }

  /** Of all processes, on what counts by then. */
  #exclusively<T>(task: () => Promise<T>): Promise<T> {
    const run = () =>
      locked(this.#options.sql, LOCK, async () => {
        await this.#follow();
        return task();
      });
    const turn = this.#turn.then(run);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

function planned(section: Section, before: string, after: string): PlannedChange {
  const [was, is] = [masked(section, before), masked(section, after)];
  return { section, before: was, after: is, changesSecrets: was === is && before !== after };
}

function shown(change: ChangeRow): ShownChange {
  const { section, before, after } = change;
  if (before === null) return { ...change, after: masked(section, after), changesSecrets: false };
  return { ...change, ...planned(section, before, after) };
}
