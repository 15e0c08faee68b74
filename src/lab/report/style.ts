import { COLOUR_RULES } from './palette.ts';

/** The one style sheet of a report. */
export const STYLE = `${COLOUR_RULES}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI","DejaVu Sans",sans-serif}
main,header,footer{max-width:60rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.5rem}
h1{font-size:1.7rem;line-height:1.25;margin:.2rem 0 .5rem}
h2{font-size:1.3rem;margin:2.4rem 0 .6rem;padding-top:.6rem;border-top:2px solid var(--line)}
h3{font-size:1.05rem;margin:1.4rem 0 .4rem}
p{max-width:46rem;margin:.5rem 0}
a{color:var(--link)}
.research{display:inline-block;margin:0;padding:.1rem .6rem;border:1px solid currentColor;border-radius:1rem;font-weight:600;color:var(--warning);background:var(--warning-back)}
.notices{margin:1rem 0;padding:.5rem 1.1rem;border-left:6px solid var(--warning);background:var(--warning-back);color:var(--warning)}
.notices ul{margin:.3rem 0;padding-left:1.2rem}
.time{margin:1rem 0;padding:.6rem 1.1rem;border:2px solid var(--warning);background:var(--warning-back);color:var(--warning);font-weight:600}
.time p{margin:.25rem 0;max-width:none}
nav ul{columns:2;margin:.5rem 0;padding-left:1.2rem}
figure{margin:1rem 0;break-inside:avoid}
figcaption{color:var(--soft);font-size:.9rem;max-width:46rem}
svg.figure{display:block;width:100%;height:auto;background:var(--page)}
svg.figure text{white-space:pre}
.wide{overflow-x:auto}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(20rem,1fr));gap:0 1.5rem}
table{border-collapse:collapse;margin:.6rem 0 1rem;font-size:.92rem;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding:.2rem 0 .4rem}
caption small{display:block;font-weight:400;color:var(--soft)}
th,td{text-align:left;vertical-align:top;padding:.3rem .7rem .3rem 0;border-bottom:1px solid var(--line);overflow-wrap:break-word}
thead th{border-bottom:2px solid var(--soft);overflow-wrap:normal}
th{font-weight:600}
tbody th{font-weight:500;min-width:6rem}td bdi,th bdi{overflow-wrap:anywhere}
.open{color:var(--soft);font-style:italic}
dl{display:grid;grid-template-columns:minmax(9rem,14rem) 1fr;gap:.25rem 1rem;margin:.6rem 0}
dt{font-weight:600}
dd{margin:0;overflow-wrap:anywhere}
footer{margin-top:3rem;padding-bottom:2rem;color:var(--soft);font-size:.9rem}
.checklist td:nth-child(2){width:32%}.checklist tbody th{min-width:0}
.long td:last-child{min-width:17rem}
@media(max-width:40rem){nav ul{columns:1}dl{grid-template-columns:1fr}dd{margin-bottom:.5rem}}
@media print{@page{margin:16mm 14mm}body{font-size:10.5pt}main,header,footer{max-width:none;padding:0}h2,h3,caption{break-after:avoid}tr,dl>*,.notices li{break-inside:avoid}section>p{break-after:avoid}p,li,dd{orphans:3;widows:3}nav{display:none}.wide{overflow:visible}.grid{grid-template-columns:1fr 1fr}a{color:inherit}.research,.notices,.time{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
