import { expect, it } from 'vitest';
import { drawLineChart, type LineChart } from '../../../src/charts/line-chart.ts';

const chart: LineChart = {
  title: 'Errors <of> "both"',
  x: { label: 'seconds', min: 0, max: 100, ticks: [{ at: 0, label: '0 s' }] },
  y: { label: 'percent', min: 0, max: 10, ticks: [{ at: 5, label: '5 %' }] },
  lines: [
    {
      name: 'canary & co',
      points: [
        [0, 0],
        [50, 10],
        [60, null],
        [100, 20],
      ],
    },
  ],
  limits: [{ at: 5, label: 'limit' }],
  marks: [{ at: 50, label: '0 %' }],
};

it('draws a line from corner to corner of the axes, broken where nothing is known, cut at the end of the axis', () => {
  expect(drawLineChart(chart)).toContain('<path d="M60 250L382.5 34M705 34" fill="none" stroke="#0072b2"');
});

it('has no style, script, id or handler, so that a strict content policy lets it stand in a page', () => {
  expect(drawLineChart(chart)).not.toMatch(/style=|<style|<script|\bid=|\bon\w+=|href/);
});

it('lets no word become markup', () => {
  const svg = drawLineChart(chart);
  expect(svg).toContain('<title>Errors &lt;of&gt; &quot;both&quot;</title>');
  expect(svg).toContain('canary &amp; co');
});

it('has equal distances for equal ratios on a logarithmic axis', () => {
  const log = { ...chart, x: { ...chart.x, min: 1, max: 100, logarithmic: true }, marks: [{ at: 10, label: 'ten' }] };
  expect(drawLineChart(log)).toContain('M382.5 34L382.5 250');
});

it('draws axes and legend without any point', () => {
  const svg = drawLineChart({ ...chart, lines: [{ name: 'canary', points: [] }] });
  expect(svg).toContain('canary');
  expect(svg).not.toContain('NaN');
});
