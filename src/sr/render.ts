import type { Code } from '../dicom/header.ts';
import { Fault } from '../fault.ts';
import {
  type ContentItem,
  codeItem,
  containerItem,
  type ItemHead,
  numItem,
  referenceItem,
  textItem,
  uidItem,
} from './content-item.ts';
import type { ReportContent } from './report.ts';
import {
  CODE_SLOTS,
  CONDITIONS,
  type CodeSlot,
  NUMBER_SLOTS,
  type NumberSlot,
  REFERENCE_SLOTS,
  REPEATS,
  type ReferenceSlot,
  type SlotContext,
  TEXT_SLOTS,
  type TextSlot,
  UID_SLOTS,
  type UidSlot,
} from './slots.ts';
import type { Template } from './template.ts';
import { codeOf, type TemplateItem } from './template-schema.ts';

const conceptOf = ({ concept }: TemplateItem, context: SlotContext): Code | undefined =>
  Array.isArray(concept) ? codeOf(concept) : CODE_SLOTS[concept.slot](context);

const fixedText = ({ text }: TemplateItem, { content }: SlotContext): string | undefined =>
  typeof text === 'object' ? text[content.language] : text;

/** parseTemplate has checked that the slot fits the value type; an empty slot gives no item. */
function leaf(item: TemplateItem, head: ItemHead, context: SlotContext): ContentItem | undefined {
  switch (item.valueType) {
    case 'CONTAINER':
      return containerItem(head, item.template);
    case 'TEXT': {
      const text = fixedText(item, context) ?? TEXT_SLOTS[item.slot as TextSlot](context);
      return text ? textItem(head, text) : undefined;
    }
    case 'CODE': {
      const code = item.code ? codeOf(item.code) : CODE_SLOTS[item.slot as CodeSlot](context);
      return code && codeItem(head, code);
    }
    case 'NUM': {
      const quantity = NUMBER_SLOTS[item.slot as NumberSlot](context);
      return quantity && item.unit && numItem(head, quantity, codeOf(item.unit));
    }
    case 'UIDREF': {
      const uid = UID_SLOTS[item.slot as UidSlot](context);
      return uid === undefined ? undefined : uidItem(head, uid);
    }
    case 'IMAGE':
    case 'COMPOSITE': {
      const reference = REFERENCE_SLOTS[item.slot as ReferenceSlot](context);
      return reference && referenceItem(head, item.valueType, reference);
    }
  }
}

function renderItem(item: TemplateItem, context: SlotContext): readonly ContentItem[] {
  const contexts = item.repeat ? REPEATS[item.repeat](context) : [context];
  return contexts.flatMap((within) => {
    if (item.when && !CONDITIONS[item.when](within)) return [];
    const concept = conceptOf(item, within);
    if (!concept) return [];
    const children = (item.children ?? []).flatMap((child) => renderItem(child, within));
    const made = leaf(item, { relationship: item.relationship, concept, children }, within);
    return made ? [made] : [];
  });
}

/** The content tree of one report: by value only, no item refers to another (SR.md 1.1). */
export function renderTree(template: Template, content: ReportContent): ContentItem {
  const [root] = renderItem(template.document, { content });
  if (!root) throw new Fault('REPORT_INVALID', 'the template gives no document');
  return root;
}
