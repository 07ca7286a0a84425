/** The auditor token that every built world has, and the password of its user. */
export const DEFAULT_TOKEN = {
  userid: "proxbox@pve",
  password: "proxbox-password",
  id: "proxbox@pve!sync",
  secret: "6f1d2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b",
} as const;
