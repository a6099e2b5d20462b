import { useRef } from 'react';
import { type Bar, type Series, sentenceOf } from './live-bars.ts';
import { countTicks } from './ticks.ts';
import { useHeightFor } from './use-height.ts';

export interface BarsProps {
  readonly bars: readonly Bar[];
  readonly series: readonly Series[];
  readonly narrow: boolean;
  /** True if there may be more tokens than were counted. */
  readonly cut: boolean;
}

interface Props extends BarsProps {
  /** The bar under the pointer. */
  readonly over: number | null;
  readonly onOver: (index: number | null) => void;
}

/** Stacked bars. Beside a longer card, they are as high as that leaves room for. */
export function BarPlot({ bars, series, narrow, cut, over, onOver }: Props) {
  const svg = useRef<SVGSVGElement>(null);
  const width = narrow ? 340 : 720;
  const height = useHeightFor(svg, width, narrow ? 218 : 288);
  const [left, bottom, top] = [36, 24, 8];
  const ticks = countTicks(Math.max(...bars.map(({ total }) => total), 1));
  const highest = ticks.at(-1) ?? 1;
  const y = (count: number) => top + (height - top - bottom) * (1 - count / highest);
  const slot = (width - left) / bars.length;
  return (
    <svg
      ref={svg}
      viewBox={`0 0 ${width} ${height}`}
      className="chart live"
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
