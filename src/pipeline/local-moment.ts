/** DA and TM in the site's own time, as every other object of the study has them. */
export function localMoment(now: Date): { date: string; time: string } {
  const digits = (value: number, width = 2) => String(value).padStart(width, '0');
  return {
    date: `${digits(now.getFullYear(), 4)}${digits(now.getMonth() + 1)}${digits(now.getDate())}`,
    time: `${digits(now.getHours())}${digits(now.getMinutes())}${digits(now.getSeconds())}`,
  };
}
