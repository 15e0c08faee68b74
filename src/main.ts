import { runCli } from './cli/cli.ts';

// What a command or the service writes may have patient data: no file or folder of it is open to every user. What a group may do is the umask's.
process.umask(process.umask(0o077) | 0o007);
process.exitCode = await runCli(process.argv.slice(2));
