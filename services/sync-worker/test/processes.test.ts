import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { available, missing, openProcessLab, type ProcessLab, type StoredJob } from "./process-lab.ts";
import { changesOf, commentAll, served, stored } from "./process-outcome.ts";
import { until } from "./until.ts";

const once: Partial<StoredJob> = { status: "completed", error: "", runStatus: "completed", endings: 1 };

if (missing.length > 0) {
  test.skip.each(missing)("processes on $name: $missing", () => undefined);
}

describe.each(available)("processes whose queue is on $name", (backend) => {
  let lab: ProcessLab;
  beforeAll(async () => {
    lab = await openProcessLab(backend);
  });
  afterEach(() => lab.killSuspended());
  afterAll(() => lab.close());

  async function expectWhole(endpoint: LabEndpoint, job: StoredJob, attempts: number) {
    expect(job).toMatchObject({ ...once, attempts });
    expect(await stored(lab, endpoint)).toEqual(served(endpoint));
    expect(await changesOf(lab, job)).toMatchObject({ replications: 16, doubled: 0 });
  }

  test("without any worker a job waits, and the first one that starts does it", async () => {
    const endpoint = await lab.endpoint();
    const run = await lab.sync(endpoint);
    expect(await lab.job(run.jobId)).toMatchObject({ status: "pending", attempts: 0 });
    await lab.workers(1);
    await expectWhole(endpoint, await lab.ended(run), 1);
  });

  test("what never reached the queue is swept into it", async () => {
    const endpoint = await lab.endpoint();
    const run = await lab.request(endpoint);
    const [worker] = await lab.workers(1);
    lab.start("scheduler");
    await expectWhole(endpoint, await lab.ended(run), 1);
  });
});
