import type { RotationHistory } from '../api/replies.ts';
import { clockText, dayText } from '../time/format.ts';
import { useZone } from '../time/zone.ts';
import { lanesOf, startOf, timeTicks } from './timeline.ts';

const LANE = 34;
const TOP = 26;

interface Props {
  readonly history: RotationHistory;
  readonly now: Date;
  readonly narrow: boolean;
}

/** One lane a key: when it was active, draining or standby, and marks for what else happened. */
export function Timeline({ history, now, narrow }: Props) {
  const zone = useZone();
  const width = narrow ? 340 : 940;
  const left = 44;
  const to = now.getTime();
  const from = startOf(history, to);
  const ticks = timeTicks(from, to, narrow ? 4 : 9);
  const x = (at: number) =>
    left + ((Math.max(from, Math.min(to, at)) - from) / (to - from)) * (width - left - 8);
  const lanes = lanesOf(history.segments, to);
  const height = TOP + LANE * lanes.length + 26;
  const label = `${history.segments.length} phases and ${history.marks.length} marks of ${history.account}. The list below has each.`;
  return (
    <>
      <svg viewBox={`0 0 ${width} ${height}`} className="chart" role="img" aria-label={label}>
        <Hatch />
        {ticks.at.map((at) => (
          <g key={at}>
            <line x1={x(at)} x2={x(at)} y1={TOP} y2={height - 22} className="grid" />
            <text x={x(at)} y={height - 8} textAnchor="middle">
              {ticks.days ? dayText(new Date(at), zone, now) : clockText(new Date(at), zone)}
            </text>
          </g>
        ))}
        {lanes.map(({ key, bands }, lane) => (
          <g key={key}>
            <text x={0} y={TOP + lane * LANE + 20}>
              {key}
            </text>
            {bands.map((band) => (
              <rect
                key={band.from}
                className={`band-${band.state}`}
                x={x(band.from)}
                y={TOP + lane * LANE + 5}
                width={Math.max(2, x(band.to) - x(band.from))}
                height={LANE - 12}
                rx={2}
              />
            ))}
          </g>
        ))}
        {history.marks.map(({ at, type }, index) => (
          <path
            key={`${at} ${index}`}
            className={/drift|revocation/.test(type) ? 'mark bad' : 'mark'}
            d={`M${x(Date.parse(at))} ${TOP - 2} l-5 -9 h10 z`}
          />
        ))}
      </svg>
      <Legend />
    </>
  );
}

/** What a draining key's band is filled with, so that colour is not all that tells it from the others. */
function Hatch() {
  return (
    <defs>
      <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="6" height="6" className="hatch-ground" />
        <rect width="2.5" height="6" className="hatch-line" />
      </pattern>
    </defs>
  );
}

function Legend() {
  return (
    <div className="legend">
      {['active', 'draining', 'standby'].map((state) => (
        <span key={state}>
          <i className={`swatch band-${state}`} />
          {state}
        </span>
      ))}
      <span>
        <i className="swatch mark-swatch" />
        drift, repair or revocation
      </span>
    </div>
  );
}
