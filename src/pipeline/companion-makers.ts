/** The makers of what goes beside an SR: picture, PDF and the view for readers that draw. */
import { aboutPdf, encapsulatedPdf } from '../picture/encapsulated-pdf.ts';
import type { KeyView } from '../picture/key-view.ts';
import { pageOf } from '../picture/page-of-report.ts';
import type { PictureOfReport } from '../picture/picture-of-report.ts';
import { secondaryCapture } from '../picture/secondary-capture.ts';
import type { PageRenderer, Radiomics } from '../ports.ts';
import { renderView } from '../sr/view.ts';
import type { CompanionMakers, CompanionRequest } from './companion-maker.ts';
import { pairOf } from './segment-masks.ts';

type Views = Readonly<{ baseline: KeyView; followUp: KeyView }>;

/** The key slice of the target at both time points. Faults: those of reading images and masks. */
export async function viewsOf(
  radiomics: Pick<Radiomics, 'view'>,
  { content, inputs, fileOf }: Pick<CompanionRequest, 'content' | 'inputs' | 'fileOf'>,
  signal: AbortSignal,
): Promise<Views> {
  const pair = pairOf(content, inputs.pairs);
  const viewAt = ({ series, mask, region }: typeof pair.baseline): Promise<KeyView> =>
    radiomics.view(
      {
        images: series.SOPInstanceUIDs.map(fileOf),
        mask: { file: fileOf(mask.SOPInstanceUID), region: region.number },
        settings: content.settings,
        feature: content.model.feature,
      },
      signal,
    );
  return { baseline: await viewAt(pair.baseline), followUp: await viewAt(pair.followUp) };
}

/** Whose picture it is. */
export const pictureOf = (
  { content, report, language }: Pick<CompanionRequest, 'content' | 'report' | 'language'>,
  views: Views,
): PictureOfReport => ({
  header: content.followUp.measurement.header,
  report,
  language,
  sources: [views.followUp, views.baseline],
  completed: content.completed,
  installation: content.installation,
});

/** All of one report look at the same slices: they are read once. */
export function companionMakers(radiomics: Pick<Radiomics, 'view'>, pages: PageRenderer): CompanionMakers {
  const known = new WeakMap<CompanionRequest['inputs'], Promise<Views>>();
  const views = (request: CompanionRequest, signal: AbortSignal): Promise<Views> => {
    const found = known.get(request.inputs) ?? viewsOf(radiomics, request, signal);
    known.set(request.inputs, found);
    return found;
  };
  return {
    picture: async (request, signal) => {
      const shown = await views(request, signal);
      const page = await pages.render(pageOf(request.content, request.report.SOPInstanceUID, shown), signal);
      return [secondaryCapture(page, pictureOf(request, shown))];
    },
    pdf: async (request, signal) => {
      const shown = await views(request, signal);
      const of = pictureOf(request, shown);
      const content = pageOf(request.content, request.report.SOPInstanceUID, shown);
      return [encapsulatedPdf(await pages.renderPdf(content, aboutPdf(of), signal), of)];
    },
    view: async (request, signal) => {
      const { content, report } = request;
      const view = { content, ...(await views(request, signal)) };
      return (['baseline', 'followUp'] as const).map((which) =>
        renderView(view, which, report.SOPInstanceUID),
      );
    },
  };
}
