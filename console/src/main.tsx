import { createDOMRenderer, RendererProvider } from '@fluentui/react-components';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import './console.css';
import { cleanAddress } from './route/use-at.ts';
import { watchIdle } from './session/idle.ts';
import { startSession } from './session/session.ts';

cleanAddress();
watchIdle();
void startSession();

// The page's policy allows styles with its nonce only.
const nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? '';
const renderer = createDOMRenderer(document, { styleElementAttributes: { nonce } });
const root = document.getElementById('root');
if (root !== null)
  createRoot(root).render(
    <RendererProvider renderer={renderer}>
      <App />
    </RendererProvider>,
  );
