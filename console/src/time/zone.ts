import { createContext, useContext } from 'react';
import type { Zone } from './format.ts';

/** The zone of every time on the page. The menu of the person switches it. */
export const ZoneContext = createContext<Zone>('utc');
export const useZone = (): Zone => useContext(ZoneContext);
