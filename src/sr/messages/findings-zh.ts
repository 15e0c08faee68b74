import type { FactName } from '../../eligibility/fact-names.ts';
import { factKind } from '../../eligibility/fact-names.ts';
import type { Finding } from '../../eligibility/finding.ts';
import { clipped } from '../wording.ts';

const FACTS: Readonly<Record<FactName, string>> = {
  sopKind: 'SOP类',
  modalityIsCt: '检查类型为CT',
  imageKind: '图像类型',
  normalToZDegrees: '层面方向',
  orientationSpreadDegrees: '序列内方向',
  gantryTiltDegrees: '机架倾斜',
  shearDegrees: '层间错切',
  missingSlicesNearMask: '病灶附近缺层',
  missingSlicesElsewhere: '其他位置缺层',
  slicesBeyondMask: '病灶外层数',
  marginBeyondMaskMm: '病灶外余量',
  stepDeviationPercent: '层间距偏差',
  duplicatePositions: '重复层面',
  isUniform: '几何一致',
  inPlaneAnisotropyPercent: '层内各向异性',
  sliceThicknessMm: '层厚',
  bodyPart: '检查部位',
  contrastStatus: '对比剂',
  kernelFamily: '重建卷积核',
  hasPaddingInRoi: '病灶内填充像素',
  rescaleType: '重定标类型',
  isLossy: '有损压缩',
  roiVoxels: '病灶大小',
  roiSlices: '病灶层数',
  maskApproval: '轮廓审核',
  maskDaysAfterStudy: '轮廓日期',
  toleratedDeviations: '已容许的偏差',
  sliceThicknessDifferenceMm: '两时间点层厚差',
  kernelAgreement: '两时间点卷积核',
  birthDateAgreement: '出生日期',
  sexAgreement: '性别',
  issuerAgreement: '患者ID发布者',
  intervalDays: '间隔',
  airChangePercent: '病灶内气体变化',
  fluidChangePercent: '病灶内液体变化',
  therapyRecord: '治疗记录',
  tkiGeneration: 'TKI代次',
  mutation: '突变',
  otherTherapy: '其他治疗',
  baselineDaysAfterTkiStart: '基线距TKI开始',
};

const UNITS: Readonly<Record<string, string>> = {
  degrees: '度',
  slices: '层',
  positions: '个位置',
  voxels: '体素',
  days: '天',
  deviations: '项',
  'percentage points': '个百分点',
};

const WORDS: Readonly<Record<string, string>> = {
  ct: 'CT',
  enhancedCt: '多帧CT（Enhanced CT）',
  legacyConvertedCt: '转换的多帧CT',
  other: '其他',
  axial: '轴位',
  localizer: '定位像',
  reformatted: '重组',
  secondary: '二次图像',
  derivedAxial: '衍生轴位',
  unknown: '不详',
  chest: '胸部',
  given: '已使用',
  nonContrast: '平扫',
  conflicting: '相互矛盾',
  notAsserted: '未说明',
  soft: '软组织',
  sharp: '锐利',
  absent: '无',
  approved: '已批准',
  unapproved: '未批准',
  rejected: '已拒绝',
  notSaid: '未说明',
  same: '相同',
  different: '不同',
  agree: '一致',
  emptyOnOne: '一侧为空',
  emptyOnBoth: '两侧为空',
  differ: '不一致',
  recorded: '已记录',
  recordedInPart: '部分记录',
  notRecorded: '未记录',
  first: '第一代',
  second: '第二代',
  third: '第三代',
  exon19del: '19号外显子缺失',
  none: '无',
};

const OUTCOMES: Readonly<Record<Finding['outcome'], string>> = { pass: '通过', warn: '警告', hold: '暂停' };
const SIDES = { baseline: '基线 ', followUp: '随访 ', '': '' } as const;

type Seen = NonNullable<Finding['seen']>[number];

/** The check by the fact that it asks about; technical details in brackets stay as they are. */
export const findingPartsZh = ({
  check,
  values,
  fact,
  seen,
  lesion,
}: Finding): Pick<Finding, 'check' | 'values'> => ({
  check: `${fact ? FACTS[fact] : check}${lesion ? `（${clipped(lesion, 40)}）` : ''}`,
  values: fact && seen ? seen.map((each) => sayZh(fact, each)).join('；') : values,
});

export const checkZh = (finding: Finding): string => `${finding.id} ${findingPartsZh(finding).check}`;

export const findingZh = (finding: Finding): string =>
  `${checkZh(finding)}：${findingPartsZh(finding).values}：${OUTCOMES[finding.outcome]}`;

const sayZh = (fact: FactName, { of, value, detail }: Seen): string =>
  `${SIDES[of]}${valueZh(fact, value)}${detail ? `（${detail}）` : ''}`;

function valueZh(fact: FactName, value: Seen['value']): string {
  if (value === null) return '不详';
  if (typeof value === 'boolean') return value ? '是' : '否';
  if (typeof value === 'string') return WORDS[value] ?? value;
  const kind = factKind(fact);
  const unit = kind.kind === 'number' ? (UNITS[kind.unit] ?? ` ${kind.unit}`) : '';
  return `${Number(value.toFixed(3))}${unit}`;
}
