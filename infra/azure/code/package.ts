/** The function's package, and where it goes. */
export interface CodePackage {
  /** `https://<app>.scm.azurewebsites.net`: what takes deployments. */
  site: string;
  /** The zip, relative to the project. */
  file: string;
  /** Of the zip. */
  sha256: string;
}
