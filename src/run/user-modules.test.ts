import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { UserError } from '../base/user-error.ts';
import {
  loadChecker,
  loadModel,
  loadNemesis,
  loadTarget,
  loadWorkload,
  WORKLOADS,
} from './user-modules.ts';

const dir = mkdtempSync(join(tmpdir(), 'hermes-modules-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

test.each(WORKLOADS)('the workload %s is there under its own name', async (name) => {
  const { value, module } = await loadWorkload(name);
  expect(value.name).toBe(name);
  expect(module).toBeUndefined();
});

describe("a user's file", () => {
  test('is loaded from TypeScript, with its hash', async () => {
    const path = file('calm.ts', `export default { name: 'calm' as string, schedule: () => [] };`);
    const { value, module } = await loadNemesis(path);
    expect(value.name).toBe('calm');
    expect(module).toMatchObject({ path, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  test.each<[string, string, RegExp]>([
    ['none.ts', 'export const x = 1;', /no default export that is a target/],
    ['part.ts', `export default { name: 'x', operations: [] };`, /no function ready\(\)/],
    ['name.ts', `export default { operations: [], ready() {}, connect() {} };`, /no "name"/],
    ['broken.ts', 'export default {;', /broken\.ts: /],
  ])('%s is refused in one sentence', async (name, text, message) => {
    const path = file(name, text);
    await expect(loadTarget(path)).rejects.toThrow(UserError);
    await expect(loadTarget(path)).rejects.toThrow(message);
  });

  test('with a model or a checker says what is missing, too', async () => {
    const model = (name: string, parts: string) =>
      loadModel(file(`${name}.ts`, `export default { name: 'mine', ${parts} };`));
    const rest = 'step: () => undefined, key: String';
    await expect(model('start', rest)).rejects.toThrow(/start\.ts: the model has no "init"/);
    await expect(model('key', 'init: 0, step: () => 1')).rejects.toThrow(/no function key\(\)/);
    expect((await model('nil', `init: null, ${rest}`)).value.init).toBeNull();
    const checker = file('named.ts', `export const checker = { name: 'x', check: () => 1 };`);
    await expect(loadChecker(checker)).rejects.toThrow(/no default export that is a checker/);
    const empty = file('empty.ts', `export default { name: 'x' };`);
    await expect(loadChecker(empty)).rejects.toThrow(/the checker has no function check\(\)/);
  });

  test('that is not there', async () => {
    await expect(loadWorkload(join(dir, 'absent.ts'))).rejects.toThrow(/cannot be read \(ENOENT\)/);
    await expect(loadWorkload('absent')).rejects.toThrow(/no workload "absent"/);
  });
});
