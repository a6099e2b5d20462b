import { Checkbox } from '@fluentui/react-components';
import type { Service } from '../../../shared/azure/services.ts';
import type { FieldsProps } from './fields.ts';
import { choicesFor, toggleLetter } from './letters.ts';

interface Props extends FieldsProps {
  readonly service: Service;
  readonly granted: ReadonlySet<string>;
}

/** The service's letters. One that no grant has can be ticked, to see why not. */
export function PermissionFields({ form, onChange, service, granted }: Props) {
  return (
    <fieldset>
      <legend>Permissions</legend>
      <div className="letters">
        {choicesFor(service, granted).map(({ letter, name }) => (
          <Checkbox
            key={letter}
            checked={form.letters.includes(letter)}
            label={
              <span>
                {name} <code>{letter}</code>
                {granted.has(letter) ? null : <small> not granted</small>}
              </span>
            }
            onChange={() => onChange({ letters: toggleLetter(form.letters, letter, service) })}
          />
        ))}
      </div>
    </fieldset>
  );
}
