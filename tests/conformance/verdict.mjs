// The suite's own way to judge (lib/display.mjs there): a test that rests on one that does not hold
// does not hold either, whatever its result.
export const kinds = ['required', 'optimal', 'check']

export function verdict (tests, test, results) {
  const result = results[test.id]
  if (result === undefined) return { holds: false, message: 'not run' }
  for (const id of test.depends_on ?? []) {
    const other = tests.find(one => one.id === id)
    if (other && !verdict(tests, other, results).holds) {
      return { holds: false, message: `rests on ${id}` }
    }
  }
  if (result === true) return { holds: true, message: '' }
  return { holds: false, message: `${result[0]}: ${result[1]}` }
}

export function count (tests, results, kind) {
  const ofKind = tests.filter(test => (test.kind ?? 'required') === kind)
  return {
    holding: ofKind.filter(test => verdict(tests, test, results).holds).length,
    all: ofKind.length
  }
}
