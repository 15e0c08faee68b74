import type { Code } from '../dicom/header.ts';
import type { Dataset } from '../dicom/part10.ts';
import type { ContentItem, Quantity } from './content-item.ts';

/** A code sequence of one item (PS3.3 8.8). */
export const coded = (code: Code): readonly Dataset[] => [
  {
    CodeValue: code.CodeValue,
    CodingSchemeDesignator: code.CodingSchemeDesignator,
    CodeMeaning: code.CodeMeaning,
  },
];

function measuredValue(quantity: Quantity, unit: Code): Dataset {
  if ('qualifier' in quantity)
    return { MeasuredValueSequence: [], NumericValueQualifierCodeSequence: coded(quantity.qualifier) };
  const { text, value } = quantity;
  const MeasurementUnitsCodeSequence = coded(unit);
  return {
    MeasuredValueSequence: [{ MeasurementUnitsCodeSequence, FloatingPointValue: value, NumericValue: text }],
  };
}

function itemValue(item: ContentItem): Dataset {
  switch (item.valueType) {
    case 'CONTAINER':
      return { ContinuityOfContent: 'SEPARATE', ...(item.template && templateOf(item.template)) };
    case 'TEXT':
      return { TextValue: item.text };
    case 'CODE':
      return { ConceptCodeSequence: coded(item.code) };
    case 'NUM':
      return measuredValue(item.quantity, item.unit);
    case 'UIDREF':
      return { UID: item.uid };
    case 'IMAGE':
    case 'COMPOSITE':
      return { ReferencedSOPSequence: [item.reference] };
    case 'SCOORD':
      return { GraphicType: 'POLYLINE', GraphicData: item.polyline.flat() };
  }
}

const templateOf = (TemplateIdentifier: string): Dataset => ({
  ContentTemplateSequence: [
    { MappingResource: 'DCMR', MappingResourceUID: '1.2.840.10008.8.1.1', TemplateIdentifier },
  ],
});

/** A content item and all below it (PS3.3 C.17.3). */
export function itemDataset(item: ContentItem): Dataset {
  return {
    ...(item.relationship && { RelationshipType: item.relationship }),
    ValueType: item.valueType,
    ConceptNameCodeSequence: coded(item.concept),
    ...itemValue(item),
    ...(item.children.length > 0 && { ContentSequence: item.children.map(itemDataset) }),
  };
}
