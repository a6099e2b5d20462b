import { app } from '@azure/functions';

/** The least that a function can be. It is built as the broker is. */
app.http('hello', {
  methods: ['GET'],
  route: 'health',
  authLevel: 'anonymous',
  handler: () => ({ jsonBody: { status: 'up' } }),
});
