/** The address of a page of the dashboard, beside the one that is shown: a proxy may have put any path before it. */
export function pageAt(page: string, fields: Readonly<Record<string, string | undefined>> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined && value !== "") query.append(name, value);
  return query.size === 0 ? `./${page}` : `./${page}?${query}`;
}
