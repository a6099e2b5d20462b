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
import { BarPlot, type BarsProps } from './bar-plot.tsx';
import { barsOf, type Series } from './live-bars.ts';

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

function Numbers({ bars, series }: Pick<BarsProps, 'bars' | 'series'>) {
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
