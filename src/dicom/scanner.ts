import type { Header } from './header.ts';

/** Manufacturer and model, as tables and models name a scanner; '' when the header has neither. */
export const scannerOf = ({
  Manufacturer = '',
  ManufacturerModelName = '',
}: Pick<Header, 'Manufacturer' | 'ManufacturerModelName'>): string =>
  [Manufacturer, ManufacturerModelName].filter((each) => each !== '').join(' ');
