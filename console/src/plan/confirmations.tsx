import { Field, Radio, RadioGroup } from '@fluentui/react-components';
import { useState } from 'react';
import type { Confirmation } from './act.ts';
import type { BlockedCaller } from './blocked.tsx';
import { Confirm } from './confirm.tsx';
import {
  confirmWord,
  leverButton,
  leverTitle,
  leverWarning,
  type Plan,
  type PlannedLever,
} from './lever-words.ts';

interface LeverProps {
  readonly plan: Plan;
  readonly lever: PlannedLever;
  readonly caller: BlockedCaller | null;
  readonly onCancel: () => void;
  readonly onAct: (confirmation: Confirmation) => void;
}

/** Asks before a lever is pulled. */
export function ConfirmLever({ plan, lever, caller, onCancel, onAct }: LeverProps) {
  const { lead, rest } = leverWarning(plan, lever);
  return (
    <Confirm
      title={`${leverTitle(lever)}?`}
      word={confirmWord(lever)}
      button={leverButton(lever)}
      final
      blockable={caller && (caller.name ?? caller.subject)}
      onCancel={onCancel}
      onAct={onAct}
    >
      <p>
        <b>{lead}</b>
        {rest}
      </p>
    </Confirm>
  );
}

interface BlockProps {
  readonly caller: BlockedCaller;
  readonly onCancel: () => void;
  readonly onAct: (confirmation: Confirmation, hours: number | null) => void;
}

const HOURS: Readonly<Record<string, number | null>> = { hour: 1, day: 24, lifted: null };

/** Asks before a caller is blocked, and until when. */
export function ConfirmBlock({ caller, onCancel, onAct }: BlockProps) {
  const [until, setUntil] = useState('lifted');
  const name = caller.name ?? caller.subject;
  return (
    <Confirm
      title={`Block ${name}?`}
      word={name}
      button="Block the caller"
      final={false}
      onCancel={onCancel}
      onAct={(confirmation) => onAct(confirmation, HOURS[until] ?? null)}
    >
      <p>This caller gets no new tokens until the block ends. Tokens that are live last until they expire.</p>
      <Field label="Until">
        <RadioGroup layout="horizontal" value={until} onChange={(_, data) => setUntil(data.value)}>
          <Radio value="hour" label="1 hour" />
          <Radio value="day" label="1 day" />
          <Radio value="lifted" label="it is lifted" />
        </RadioGroup>
      </Field>
    </Confirm>
  );
}
