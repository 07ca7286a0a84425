import { parseArgs } from "node:util";
import { z } from "zod";

const USAGE = `Usage: pve-simulator [options]

  --port N           port of the first cluster; the others follow (default 8006)
  --host ADDRESS     address to listen on (default 127.0.0.1)
  --clusters N       number of clusters, one port each (default 1)
  --flavour F        6.4, 7.4, 8.1, 8.4 or 9.2 (default 9.2)
  --nodes N          nodes of each cluster (default 3)
  --guests N         guests of each cluster (default 12)
  --jobs N           replication jobs of each cluster (default 16, or what there is room for)
  --seed N           another seed gives other clusters (default 1)
  --http             plain HTTP instead of TLS
  --auth-delay MS    how long a refused authentication takes (default 3000, as on real nodes)
  --control-port N   serve the control API on this port
  --help             show this text`;

const number = z.coerce.number().int();
const port = number.min(0).max(65_535);

const commandLine = z.object({
  port: port.default(8006),
  host: z.string().default("127.0.0.1"),
  clusters: number.min(1).max(26).default(1),
  flavour: z.enum(["6.4", "7.4", "8.1", "8.4", "9.2"]).default("9.2"),
  nodes: number.min(1).max(250).default(3),
  guests: number.min(0).default(12),
  jobs: number.min(0).exactOptional(),
  seed: number.default(1),
  http: z.boolean().default(false),
  "auth-delay": number.min(0).default(3000),
  "control-port": port.exactOptional(),
});

/** The checked command line. */
export type CommandLine = z.infer<typeof commandLine>;

/** What to do: start, or print a text and leave with that exit code. */
export type Command =
  { kind: "start"; options: CommandLine } | { kind: "print"; text: string; exitCode: number };

/** Reads the arguments after the program's name. */
export function parseCommandLine(args: string[]): Command {
  try {
    const { values } = parseArgs({
      args,
      options: {
        port: { type: "string" },
        host: { type: "string" },
        clusters: { type: "string" },
        flavour: { type: "string" },
        nodes: { type: "string" },
        guests: { type: "string" },
        jobs: { type: "string" },
        seed: { type: "string" },
        http: { type: "boolean" },
        "auth-delay": { type: "string" },
        "control-port": { type: "string" },
        help: { type: "boolean" },
      },
    });
    if (values.help) return { kind: "print", text: USAGE, exitCode: 0 };
    return { kind: "start", options: commandLine.parse(values) };
  } catch (error) {
    return { kind: "print", text: `${complaint(error)}\n\n${USAGE}`, exitCode: 2 };
  }
}

function complaint(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return error instanceof Error ? error.message : String(error);
}
