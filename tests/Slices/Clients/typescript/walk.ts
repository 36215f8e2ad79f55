// What a walk is told, and what both clients' walks need.

/** Who calls in which org. */
export interface Caller {
  org: string;
  token: string;
}

/** Where Nico listens, whose the site is, and who calls: an account that is both sides, a provider and a tenant. */
export interface Walk {
  address: string;
  site: string;
  account: Caller;
  provider: Caller;
  tenant: Caller;
  providerSite: string;
}

export const walk = JSON.parse(process.env.NICO_WALK ?? "") as Walk;

/** The value, which a document may call optional. */
export function need<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) {
    throw new Error(`${what} is missing`);
  }

  return value;
}

export function expect(holds: boolean, what: string): void {
  if (!holds) {
    throw new Error(`expected: ${what}`);
  }
}

/** Asks until it is so, for at most a minute. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await holds())) {
    expect(Date.now() < end, what);
    await new Promise((wake) => setTimeout(wake, 100));
  }
}
