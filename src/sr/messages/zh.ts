import type { ClassicResult } from '../../model/classic.ts';
import type { Category, NormalisationState, ScoreResult } from '../../model/score-result.ts';
import { checkZh, findingPartsZh, findingZh } from './findings-zh.ts';
import type { Messages } from './messages.ts';

const VERDICT: Readonly<Record<Category, string>> = {
  positive: '阳性',
  negative: '阴性',
  indeterminate: '不确定',
  notEvaluable: '不可评估',
};

/** Reasons of the shipped baseline rules; those of other rules stay as an administrator wrote them. */
const BASELINE_RULES: Readonly<Record<string, string>> = {
  designated: '管理员指定该检查为基线。',
  'last-before-therapy': '该检查是TKI治疗开始当日或之前最后一次合格的检查。',
  'earliest-with-mask': '该检查是最早的、有分割轮廓的合格检查；此处没有已知TKI开始日期当日或之前的更早检查。',
  person: '由人员为该病例指定该检查为基线。',
  'command-line': '基线由命令行给定。',
};

/** Simplified Chinese. */
export const zh: Messages = {
  languageCode: { value: 'zh-CN', meaning: 'Chinese (China)' },
  baseline: '基线',
  followUp: '随访',
  change: '随访与基线对比',
  unknownDate: '日期不详',
  notComputable: '无法计算',

  verdict: VERDICT,
  provisional: '暂定',
  probability: ({ verdict, probability, interval, cutOff }) => {
    const range = interval === undefined ? '' : `（95%区间 ${interval}）`;
    return `${verdict}：EGFR-TKI早期获得性耐药（EAR）概率 ${probability}%${range}，截断值 ${cutOff}%。`;
  },
  interval: (low, high) => `${low}% 至 ${high}%`,
  intervalSentence: (interval) => `概率的95%区间：${interval}。`,
  because,
  noProbability: (why) => `EGFR-TKI早期获得性耐药（EAR）：${why}`,
  notEvaluable: (why) => `不可评估：无法给出早期获得性耐药（EAR）概率。${why}`,
  progression: '已测量病灶：达到进展标准；EAR模型已不适用。不可评估。',
  trainedAt: (percent) => `以${percent}%患病率（训练集设计值）为前提。`,
  atSite: (prevalence, probability) => `按本中心患病率${prevalence}%折算为${probability}%。`,
  researchUse: '仅供研究使用，不得作为主要诊断依据。',
  viewOnly: '此处仅为病灶的一个轮廓及其数值；正式结果以肿瘤测量报告（Oncology Measurement Report）为准。',
  limits: '不能替代RECIST评估或再次活检。',
  supersedes: (dates) => `替代 ${dates} 的报告。`,

  delta: ({ feature, delta, baseline, followUp, range }) => {
    const spread = range ? `；轮廓移动一个体素时为 ${range[0]} 至 ${range[1]}` : '';
    return `${feature} 变化值：${delta}（基线 ${baseline}，随访 ${followUp}${spread}）。`;
  },
  rank: (below, of) => `大于本中心${of}例变化值中的${below}例。`,
  stability: ({ minimum, maximum, sd, pairs }) =>
    `稳定性：两个时间点的轮廓在层内腐蚀、膨胀及平移一个体素时，变化值为 ${minimum} 至 ${maximum}（标准差 ${sd}，${pairs} 对轮廓）。`,
  lesion: ({ name, volume, diameter, shrinkage, dates, days }) => {
    const apart = days === null ? '间隔不详' : `间隔${days}天`;
    return `${name}：体积 ${volume[0]} 至 ${volume[1]} mm3，层内最长径 ${diameter[0]} 至 ${diameter[1]} mm（缩小率 ${shrinkage}%），${dates[0]} 至 ${dates[1]}，${apart}。`;
  },
  target: ({ rule, of }) => {
    if (rule === 'only') return undefined;
    const why = { primary: '唯一编码为原发肿瘤的病灶', largest: '基线层内最长径最大的病灶' }[rule];
    return `共测量${of}个病灶；模型仅针对靶病灶：${why}。其余病灶仅给出变化值。`;
  },
  unpaired: ({ baseline, followUp }) => {
    const found = [
      ...(followUp > 0 ? [`随访${followUp}个`] : []),
      ...(baseline > 0 ? [`基线${baseline}个`] : []),
    ];
    if (found.length === 0) return undefined;
    return `在另一时间点没有对应、未测量的肿瘤区域：${found.join('，')}。随访中的区域可能为新病灶。`;
  },
  growth: ({ lesions, current, nadir, date, percent, mm }) =>
    `已测量病灶（${lesions}个）：最长径${lesions === 1 ? '' : '之和'} ${current} mm，最低值 ${nadir} mm（${date}），变化 ${mm} mm（${percent}%）。`,
  notAssessed: '新发及未测量的病灶未作评估。',
  uncompared: (dates) => `未与 ${dates} 的CT比较。`,
  otherPoints: (n) => `另有${n}个属于其他病灶、特征或基线的已评分时间点未列出。`,
  late: (days, newer) =>
    `延迟：随访轮廓在检查后${days}天勾画；${newer === null ? '此处没有更新的CT' : `已有 ${newer} 的更新CT`}。`,
  trend: ({ date, delta, probability, category }) =>
    [`${date}：变化值 ${delta}`, probability && `概率 ${probability}%`, category].filter(Boolean).join('，'),
  thisTimePoint: '本报告',

  normalisation: ({ state: { kind, n, isProvisional }, source, version, isUsed }) => {
    if (kind === 'none') return '归一化：未建立。';
    const facts = [
      kind === 'local' ? '本中心病例' : '外部提供',
      kind === 'supplied' && source ? `来源 ${source}` : '',
      version ? `版本 ${version}` : '',
      n === undefined ? '' : `n = ${n}`,
    ].filter(Boolean);
    if (!isUsed) return `归一化：未建立（${facts.join('，')}）。`;
    return `归一化：${[...facts, ...(isProvisional ? ['暂定'] : [])].join('，')}。`;
  },
  quality: (worst, named) => {
    const words = { hold: '不可用', warn: '可用但有警告', pass: '可用' } as const;
    return `质量：${words[worst]}${named ? `（${named}）` : ''}。`;
  },
  noFindings: '未记录质量检查。',
  finding: findingZh,
  check: checkZh,
  findingParts: findingPartsZh,
  baselineChoice: (rule, english) => `基线按规则 ${rule} 选定：${BASELINE_RULES[rule] ?? english}`,
  unanswered: '未能向任何归档查询是否存在更合适的基线。',
  maskOrigin: ({ label, kind, object, region, drawn, tool, author, isChosen, approval }) => {
    const parts = [
      `${label}轮廓：${kind}${object}`,
      `区域 ${region}${isChosen ? '（由人员选定）' : ''}`,
      `勾画时间 ${drawn ?? '不详'}`,
      `工具 ${tool === '' ? '不详' : tool}`,
      `勾画者 ${author ?? '不详'}`,
    ];
    if (approval) {
      const { status, by, on } = approval;
      parts.push(`审核状态 ${status}${by ? `，审核者 ${by}` : ''}${on ? `，${on}` : ''}`);
    }
    return `${parts.join('，')}。`;
  },
  classicBecause,
  classic: ({ title, probability, interval, cutOff, verdict, because: why }) => {
    if (probability === undefined) return `次要结果（${title}）：${why}`;
    const range = interval === undefined ? '' : `（95%区间 ${interval}）`;
    return `次要结果（${title}，仅随访）：概率 ${probability}%${range}，截断值 ${cutOff}%：${verdict ?? ''}。`;
  },
};

const VERDICT_BECAUSE: Readonly<Record<Category, string>> = {
  positive: '整个95%区间均不低于截断值。',
  negative: '整个95%区间均低于截断值。',
  indeterminate: '95%区间跨越截断值。',
  notEvaluable: '没有数值。',
};

function because({ reason, category, normalisation }: ScoreResult): string {
  switch (reason.kind) {
    case 'featureUndefined': {
      const names = { baseline: '基线', followUp: '随访' } as const;
      const where = reason.at.map((each) => names[each]).join('和') || '差值';
      return reason.features
        ? `特征${reason.features.join('，')}在${where}无法定义，因此没有概率。`
        : `特征在${where}无法定义，因此没有变化值。`;
    }
    case 'noNormalisation':
      return '无法给出概率：未配置归一化参数（训练变化值的均值和标准差）。';
    case 'tooFewCases':
      return `无法给出概率：归一化仅基于${reason.n}例，少于${reason.needed}例。`;
    case 'noSpread':
      return '无法给出概率：归一化参数没有有限的均值和正的标准差。';
    case 'progression':
      return '已测量病灶：达到进展标准；EAR模型已不适用。';
    case 'held':
      return `规则 ${reason.checks.join('、')} 暂停了该病例；见质量检查。`;
    case 'decided':
      return decided(category, normalisation);
  }
}

function decided(
  category: Category | null,
  { isProvisional }: Pick<NormalisationState, 'isProvisional'>,
): string {
  const verdict = category === null ? '' : VERDICT_BECAUSE[category];
  return isProvisional ? `${verdict}暂定：归一化病例数不足50例，或早期与晚期检查的构成不详或失衡。` : verdict;
}

function classicBecause({ reason, category, normalisation }: ClassicResult): string {
  switch (reason.kind) {
    case 'featuresUndefined':
      return `无法给出概率：特征在随访无法定义：${reason.features.join('，')}。`;
    case 'noNormalisation':
      return '无法给出概率：未配置归一化参数（各特征的均值和标准差）。';
    case 'tooFewCases':
      return `无法给出概率：归一化仅基于${reason.n}例，少于${reason.needed}例。`;
    case 'noSpread':
      return `无法给出概率：归一化参数没有有限的均值和正的标准差：${reason.features.join('，')}。`;
    case 'decided':
      return decided(category, normalisation);
  }
}
