import { Radio, RadioGroup } from '@fluentui/react-components';
import { durationText } from '../time/format.ts';
import { killsText, leverEffect, leverTitle, type Plan, withinText } from './lever-words.ts';

/** A way to end the tokens of a target. */
interface Way {
  readonly id: string;
  readonly title: string;
  readonly kills: string;
  readonly does: string;
  /** True if it cannot be undone. */
  readonly isHot: boolean;
}

interface Props {
  readonly plan: Plan;
  /** The name of the one caller who can be blocked; null if none can. */
  readonly blockable: string | null;
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
}

/** Every way to end the tokens, narrowest first. */
export function LeverList({ plan, blockable, chosen, onChoose }: Props) {
  return (
    <RadioGroup
      className="lever-list"
      value={chosen}
      onChange={(_, data) => onChoose(data.value)}
      aria-label="How to end it"
    >
      {waysOf(plan, blockable).map(({ id, title, kills, does, isHot }) => (
        <div key={id} className={`lever ${id === chosen ? 'on' : ''} ${isHot ? 'hot' : ''}`}>
          <Radio
            value={id}
            label={
              <span className="lever-label">
                <b>{title}</b>
                <span className="lever-kills">{kills}</span>
                <small>{does}</small>
              </span>
            }
          />
        </div>
      ))}
    </RadioGroup>
  );
}

function waysOf(plan: Plan, blockable: string | null): Way[] {
  const one = 'token' in plan.target;
  const wait =
    plan.tokens === 0
      ? 'no live token'
      : `${one ? 'only this one' : 'all of them'} · ${durationText(plan.wait)}`;
  return [
    {
      id: 'wait',
      title: one ? 'Wait until it expires' : 'Wait until they expire',
      kills: wait,
      does: 'Nothing is done. A SAS ends at its expiry on its own.',
      isHot: false,
    },
    ...(blockable === null
      ? []
      : [
          {
            id: 'block',
            title: 'Block the caller, then wait',
            kills: 'ends none',
            does: `${blockable} gets no new tokens. Live ones last until they expire.`,
            isHot: false,
          },
        ]),
    ...plan.levers.map((lever) => ({
      id: lever.planHash,
      title: leverTitle(lever),
      kills: `${killsText(plan, lever)} · ${withinText(lever)}`,
      does: leverEffect(lever),
      isHot: true,
    })),
  ];
}
