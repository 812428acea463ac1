// The org as a process of its own, so that what it costs is not taken for the client's: node main.js OPTIONS
import type { OrgOptions } from './options.js';
import { ModelOrg } from './server.js';

const org = new ModelOrg(JSON.parse(process.argv[2] ?? '{}') as OrgOptions);
process.on('message', () => process.send?.(org.report()));
process.on('disconnect', () => process.exit());
process.send?.({ url: await org.listen() });
