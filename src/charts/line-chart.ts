/** A point of a line: x and y in the units of the axes; null breaks the line. */
export type ChartPoint = readonly [x: number, y: number | null];

interface ChartLine {
  readonly name: string;
  readonly points: readonly ChartPoint[];
  readonly dashed?: boolean;
}

interface Axis {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
  /** Equal distances for equal ratios; `min` must be above 0. */
  readonly logarithmic?: boolean;
}

export interface LineChart {
  /** Read out in place of the picture. */
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly ChartLine[];
  /** Horizontal lines: what the values are compared with. */
  readonly limits?: readonly { readonly at: number; readonly label: string }[];
  /** Vertical lines: what happened. */
  readonly marks?: readonly { readonly at: number; readonly label: string }[];
}

const WIDTH = 720;
const HEIGHT = 300;
const AREA = { left: 60, right: 705, top: 34, bottom: 250 };
/** Told apart by people who see colours differently (Okabe and Ito), and by the order in the legend. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

/**
 * A chart as one SVG element, without styles, scripts or ids, so that it can stand in a page with a strict content policy
 * and in a file of its own. Text and axes have the colour of the text around.
 */
export function drawLineChart(chart: LineChart): string {
  const x = makeScale(chart.x, AREA.left, AREA.right);
  const y = makeScale(chart.y, AREA.bottom, AREA.top);
  const parts = [
    `<title>${escape(chart.title)}</title>`,
    ...chart.y.ticks.map(
      ({ at, label }) =>
        `${line(AREA.left, y(at), AREA.right, y(at), 'stroke-opacity="0.12"')}${text(AREA.left - 6, y(at) + 4, label, 'end')}`,
    ),
    ...chart.x.ticks.map(({ at, label }) => text(x(at), AREA.bottom + 16, label, 'middle')),
    line(AREA.left, AREA.bottom, AREA.right, AREA.bottom),
    line(AREA.left, AREA.top, AREA.left, AREA.bottom),
    text((AREA.left + AREA.right) / 2, HEIGHT - 8, chart.x.label, 'middle'),
    text(AREA.left, 14, chart.y.label, 'start'),
    ...(chart.limits ?? []).map(
      ({ at, label }) =>
        `${line(AREA.left, y(at), AREA.right, y(at), 'stroke-dasharray="6 4"')}${text(AREA.right, y(at) - 4, label, 'end')}`,
    ),
    ...(chart.marks ?? []).map(
      ({ at, label }, index) =>
        `${line(x(at), AREA.top, x(at), AREA.bottom, 'stroke-dasharray="2 3"')}${text(x(at) + (x(at) > AREA.right - 120 ? -3 : 3), AREA.top + 10 + (index % 4) * 13, label, x(at) > AREA.right - 120 ? 'end' : 'start')}`,
    ),
    ...chart.lines.flatMap((each, index) => drawLine(each, index, x, y)),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="sans-serif" font-size="11" fill="currentColor">${parts.join('')}</svg>`;
}

function drawLine({ name, points, dashed }: ChartLine, index: number, x: Scale, y: Scale): string[] {
  const colour = COLOURS[index % COLOURS.length] ?? 'currentColor';
  let pen = 'M';
  const path: string[] = [];
  for (const [at, value] of points) {
    if (value === null) {
      pen = 'M';
      continue;
    }
    path.push(`${pen}${round(x(at))} ${round(y(value))}`);
    pen = 'L';
  }
  const legendX = AREA.right - 560 + (index % 4) * 145;
  const legendY = 14 + Math.floor(index / 4) * 13;
  const stroke = `stroke="${colour}" stroke-width="2"${dashed === true ? ' stroke-dasharray="5 3"' : ''}`;
  return [
    path.length === 0 ? '' : `<path d="${path.join('')}" fill="none" ${stroke}/>`,
    `<path d="M${legendX} ${legendY - 4}h18" fill="none" ${stroke}/>${text(legendX + 23, legendY, name, 'start')}`,
  ];
}

type Scale = (value: number) => number;

/** Values outside of the axis are drawn at its end. */
function makeScale({ min, max, logarithmic }: Axis, from: number, to: number): Scale {
  const place = logarithmic === true ? Math.log : (value: number) => value;
  const span = place(max) - place(min) || 1;
  return (value) => {
    const inside = Math.min(max, Math.max(min, value));
    return from + ((place(inside) - place(min)) / span) * (to - from);
  };
}

function line(x1: number, y1: number, x2: number, y2: number, more = ''): string {
  return `<path d="M${round(x1)} ${round(y1)}L${round(x2)} ${round(y2)}" stroke="currentColor" fill="none" ${more}/>`;
}

function text(x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escape(words)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(words: string): string {
  return words.replace(/[&<>"]/g, (each) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[each] ?? '');
}
