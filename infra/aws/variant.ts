/** A serverless endpoint has one variant. Its name is part of what scales it and of its metrics, so it never changes. */
export const VARIANT = "main";
