import { Button } from '@fluentui/react-components';
import { useState } from 'react';
import type { DenialSummary } from '../api/replies.ts';
import { BarsIcon, TableIcon } from '../parts/icons.tsx';
import { countText } from '../state/at-least.tsx';
import { useNarrow } from '../theme/use-media.ts';
import { clockText, shortText } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import { useZone } from '../time/zone.ts';
import { HourTable } from './hour-table.tsx';

interface Props {
  readonly denials: DenialSummary;
  /** Shows the events of an hour. @param hour its start. */
  readonly onHour: (hour: string) => void;
}

const LEFT = 36;
const BOTTOM = 22;
const TOP = 8;

/** Plot 2: refusals by hour. Every number is in its table, too. */
export function DenialBars({ denials, onHour }: Props) {
  const [asTable, setAsTable] = useState(false);
  const { byHour, total, scannedAll } = denials;
  return (
    <>
      <div className="plot-head">
        <p>
          <b>{countText(total, scannedAll)}</b> {total === 1 ? 'refusal' : 'refusals'}
        </p>
        <Button
          size="small"
          appearance="subtle"
          icon={asTable ? <BarsIcon /> : <TableIcon />}
          onClick={() => setAsTable(!asTable)}
        >
          {asTable ? 'Chart' : 'Table'}
        </Button>
      </div>
      {asTable ? <HourTable byHour={byHour} onHour={onHour} /> : <Bars byHour={byHour} onHour={onHour} />}
    </>
  );
}

interface BarsProps {
  readonly byHour: DenialSummary['byHour'];
  readonly onHour: (hour: string) => void;
}

function Bars({ byHour, onHour }: BarsProps) {
  const zone = useZone();
  const now = useNow();
  const narrow = useNarrow();
  const width = narrow ? 340 : 1040;
  const height = narrow ? 130 : 120;
  const most = Math.max(1, ...byHour.map(({ count }) => count));
  const slot = (width - LEFT) / Math.max(1, byHour.length);
  const y = (count: number) => TOP + (height - TOP - BOTTOM) * (1 - count / most);
  const every = Math.ceil(byHour.length / (narrow ? 5 : 9));
  return (
    <svg viewBox={`0 0 ${width} ${height}`} className="chart" role="img" aria-label={sentence(byHour)}>
      {[0, most].map((tick) => (
        <g key={tick}>
          <line x1={LEFT} x2={width} y1={y(tick)} y2={y(tick)} className={tick === 0 ? 'axis' : 'grid'} />
          <text x={LEFT - 6} y={y(tick) + 4} textAnchor="end">
            {tick}
          </text>
        </g>
      ))}
      {byHour.map(({ hour, count }, index) => (
        <g key={hour} className="pick" onClick={() => onHour(hour)}>
          <title>{`${shortText(new Date(hour), zone, now)}: ${count}`}</title>
          <rect className="hit" x={LEFT + index * slot} y={TOP} width={slot} height={height - TOP - BOTTOM} />
          <rect
            className="s-denial"
            x={LEFT + index * slot + slot * 0.12}
            width={slot * 0.76}
            y={y(count)}
            height={y(0) - y(count)}
          />
          {index % every === 0 ? (
            <text x={LEFT + (index + 0.5) * slot} y={height - 6} textAnchor="middle">
              {clockText(new Date(hour), zone)}
            </text>
          ) : null}
        </g>
      ))}
    </svg>
  );
}

function sentence(byHour: DenialSummary['byHour']): string {
  const [first] = [...byHour].sort((one, other) => other.count - one.count);
  if (first === undefined || first.count === 0)
    return 'Bars: nothing was refused. The Table button has every hour.';
  const at = `${clockText(new Date(first.hour), 'utc')} UTC`;
  return `Bars: refusals in ${byHour.length} hours, the most, ${first.count}, in the hour from ${at}. The Table button has every number.`;
}
