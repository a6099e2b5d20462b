import {
  AnonymousCredential,
  newPipeline,
  type Pipeline,
  type StoragePipelineOptions,
} from '@azure/storage-blob';
import type { TokenSource } from './sas-broker.ts';
import { signingFactory } from './signing-factory.ts';

/**
 * Returns a pipeline for the clients of @azure/storage-blob that puts a fresh SAS on every request, and replaces a SAS that
 * storage refuses, once per request. Clients that are made from such a client use it too. Their URL is the plain one.
 */
export function blobPipeline(source: TokenSource, options?: StoragePipelineOptions): Pipeline {
  const pipeline = newPipeline(new AnonymousCredential(), options);
  pipeline.factories.push(signingFactory(source));
  return pipeline;
}
