import type { Form } from './form.ts';

/** What each group of fields gets. */
export interface FieldsProps {
  readonly form: Form;
  readonly onChange: (part: Partial<Form>) => void;
}
