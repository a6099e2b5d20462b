import { Field, Input } from '@fluentui/react-components';
import { useState } from 'react';
import { clockText, dayText, durationSeconds, durationText, zoneText } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import { useZone } from '../time/zone.ts';
import type { FieldsProps } from './fields.ts';

const LIVES = ['PT5M', 'PT15M', 'PT1H', 'P1D'];
const NAMES: Readonly<Record<string, string>> = {
  PT5M: '5 minutes',
  PT15M: '15 minutes',
  PT1H: '1 hour',
  P1D: '1 day',
};

/** How long the token lives. The expiry is counted from the moment of asking, never from an earlier one. */
export function LifeField({ form, onChange }: FieldsProps) {
  const [custom, setCustom] = useState(false);
  const isListed = LIVES.includes(form.ttl) && !custom;
  return (
    <fieldset>
      <legend>How long</legend>
      <div className="chips" role="radiogroup" aria-label="Lifetime">
        {LIVES.map((ttl) => (
          <label key={ttl} className="chip">
            <input
              type="radio"
              name="life"
              checked={isListed && form.ttl === ttl}
              onChange={() => {
                setCustom(false);
                onChange({ ttl });
              }}
            />
            {NAMES[ttl]}
          </label>
        ))}
        <label className="chip">
          <input type="radio" name="life" checked={!isListed} onChange={() => setCustom(true)} />
          {isListed ? 'Other' : `Other: ${durationText(form.ttl)}`}
        </label>
      </div>
      {isListed ? null : (
        <Field label="Minutes">
          <Input
            type="number"
            min={1}
            value={String(Math.round((durationSeconds(form.ttl) ?? 60) / 60))}
            onChange={(_, { value }) =>
              onChange({ ttl: `PT${Math.max(1, Math.round(Number(value) || 1))}M` })
            }
          />
        </Field>
      )}
      <Until ttl={form.ttl} />
    </fieldset>
  );
}

function Until({ ttl }: { readonly ttl: string }) {
  const zone = useZone();
  const now = useNow();
  const until = new Date(now.getTime() + (durationSeconds(ttl) ?? 0) * 1000);
  const other = zone === 'utc' ? 'local' : 'utc';
  const otherName = other === 'local' ? 'your time' : 'UTC';
  return (
    <p className="muted">
      From now until{' '}
      <b>
        {dayText(until, zone, now)}, {clockText(until, zone)} {zoneText(zone)}
      </b>{' '}
      ({clockText(until, other)} {otherName}). No start time, so clock skew cannot hurt.
    </p>
  );
}
