import {
  Button,
  Table,
  TableBody,
  TableCell,
  TableHeader,
  TableHeaderCell,
  TableRow,
} from '@fluentui/react-components';
import { useState } from 'react';
import type { LiveSummary } from '../api/replies.ts';
import { Card } from '../parts/card.tsx';
import { BarsIcon, TableIcon } from '../parts/icons.tsx';
import { clockText, zoneText } from '../time/format.ts';
import { useZone } from '../time/zone.ts';
import { type Bar, barsOf, type Series, sentenceOf } from './live-bars.ts';
import { countTicks } from './ticks.ts';

const NAMES: Readonly<Record<Series, string>> = {
  userDelegation: 'User delegation keys',
  key1: 'key1',
  key2: 'key2',
  unnamed: 'An account key, unnamed',
};

interface Props {
  readonly summary: LiveSummary;
  readonly narrow: boolean;
}

/** Plot 1: live tokens by the hour in which they end without anybody's doing. */
export function LiveBars({ summary, narrow }: Props) {
  const zone = useZone();
  const [asTable, setAsTable] = useState(false);
  const hours = narrow ? 12 : 24;
  const bars = barsOf(summary, hours, (hour) => clockText(new Date(hour), zone));
  const series = (['userDelegation', 'key1', 'key2', 'unnamed'] as const).filter(
    (name) => name !== 'unnamed' || bars.some(({ counts }) => counts.unnamed > 0),
  );
  return (
    <Card
      title="Live tokens by the hour they expire"
      about={`What ends on its own, and when. ${zoneText(zone)}, next ${hours} hours.`}
      tools={
        <Button
          size="small"
          appearance="subtle"
          icon={asTable ? <BarsIcon /> : <TableIcon />}
          onClick={() => setAsTable(!asTable)}
        >
          {asTable ? 'Chart' : 'Table'}
        </Button>
      }
    >
      {asTable ? (
        <Numbers bars={bars} series={series} />
      ) : (
        <Bars bars={bars} series={series} narrow={narrow} cut={!summary.scannedAll} />
      )}
    </Card>
  );
}

interface NumbersProps {
  readonly bars: readonly Bar[];
  readonly series: readonly Series[];
}

interface BarsProps extends NumbersProps {
  readonly narrow: boolean;
  /** True if there may be more tokens than were counted. */
  readonly cut: boolean;
}

function Numbers({ bars, series }: NumbersProps) {
  return (
    <div className="scroll-y" tabIndex={0} role="region" aria-label="Live tokens as a table">
      <Table size="extra-small" aria-label="Live tokens by hour of expiry">
        <TableHeader>
          <TableRow>
            <TableHeaderCell>From</TableHeaderCell>
            {series.map((name) => (
              <TableHeaderCell key={name} className="num">
                {NAMES[name]}
              </TableHeaderCell>
            ))}
          </TableRow>
        </TableHeader>
        <TableBody>
          {bars.map(({ label, hour, counts }) => (
            <TableRow key={hour ?? label}>
              <TableCell>{label}</TableCell>
              {series.map((name) => (
                <TableCell key={name} className="num">
                  {counts[name].toLocaleString('en')}
                </TableCell>
              ))}
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </div>
  );
}

function Bars({ bars, series, narrow, cut }: BarsProps) {
  const [over, setOver] = useState<number | null>(null);
  const at = over === null ? undefined : bars[over];
  const total = bars.reduce((sum, bar) => sum + bar.total, 0);
  return (
    <>
      <BarPlot {...{ bars, series, narrow, cut, over }} onOver={setOver} />
      <div className="legend">
        {series.map((name) => (
          <span key={name}>
            <i className={`swatch s-${name}`} />
            {NAMES[name]}
            {at === undefined ? null : <b>{at.counts[name].toLocaleString('en')}</b>}
          </span>
        ))}
        <span className="muted">
          {at === undefined
            ? `${cut ? 'at least ' : ''}${total.toLocaleString('en')} shown`
            : `${at.total.toLocaleString('en')} expire ${at.hour === null ? 'later' : `in the hour from ${at.label}`}`}
        </span>
      </div>
    </>
  );
}

interface PlotProps extends BarsProps {
  readonly over: number | null;
  readonly onOver: (index: number | null) => void;
}

function BarPlot({ bars, series, narrow, cut, over, onOver }: PlotProps) {
  const [width, height] = narrow ? [340, 218] : [720, 288];
  const [left, bottom, top] = [36, 24, 8];
  const ticks = countTicks(Math.max(...bars.map(({ total }) => total), 1));
  const highest = ticks.at(-1) ?? 1;
  const y = (count: number) => top + (height - top - bottom) * (1 - count / highest);
  const slot = (width - left) / bars.length;
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      className="chart"
      role="img"
      aria-label={sentenceOf(bars, !cut)}
      onMouseLeave={() => onOver(null)}
    >
      {cut ? <Hatched x={left} y={top} width={width - left} height={height - top - bottom} /> : null}
      {ticks.map((tick) => (
        <g key={tick}>
          <line x1={left} x2={width} y1={y(tick)} y2={y(tick)} className={tick === 0 ? 'axis' : 'grid'} />
          <text x={left - 6} y={y(tick) + 4} textAnchor="end">
            {tick}
          </text>
        </g>
      ))}
      {bars.map((bar, index) => (
        <g key={bar.hour ?? bar.label} onMouseEnter={() => onOver(index)}>
          <rect
            x={left + index * slot}
            y={top}
            width={slot}
            height={height - top - bottom}
            className={over === index ? 'hit over' : 'hit'}
          />
          {stackOf(bar, series).map(({ name, from, to }) => (
            <rect
              key={name}
              className={`s-${name}`}
              x={left + index * slot + slot * 0.11}
              width={slot * 0.78}
              y={y(to)}
              height={Math.max(0, y(from) - y(to))}
            />
          ))}
          {index % 3 === 0 || bar.hour === null ? (
            <text
              x={bar.hour === null ? width : left + (index + 0.5) * slot}
              y={height - 8}
              textAnchor={bar.hour === null ? 'end' : 'middle'}
            >
              {bar.label}
            </text>
          ) : null}
        </g>
      ))}
    </svg>
  );
}

/** The ground behind bars that may be too low. */
function Hatched(place: {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}) {
  return (
    <>
      <pattern id="not-read" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="1" height="8" className="not-read-line" />
      </pattern>
      <rect {...place} fill="url(#not-read)" />
    </>
  );
}

function stackOf({ counts }: Bar, series: readonly Series[]) {
  let sum = 0;
  return series.map((name) => {
    const from = sum;
    sum += counts[name];
    return { name, from, to: sum };
  });
}
