import { type CelObjectType, objectType } from "@bufbuild/cel";
import { create, createFileRegistry } from "@bufbuild/protobuf";
import { reflect, type ReflectMessage } from "@bufbuild/protobuf/reflect";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";

const messages = new Set<string>();

/**
 * The API server refuses an object whose rule comes upon such a value: `quantity('much')`. The message does not show
 * the value: it may be secret.
 */
export class ValueError extends Error {
  constructor(message: string) {
    super(message);
    messages.add(message);
  }
}

/** Whether an error of CEL came of a {@link ValueError}: its operators keep no more than the message. */
export const isOfValue = ({ message }: Error): boolean => messages.has(message);

/** A type that Kubernetes adds to those of CEL. */
export interface AddedType<T> {
  readonly type: CelObjectType;
  /** @param key two values are the same for `==` if their keys are */
  readonly make: (value: T, key: string) => ReflectMessage;
  readonly read: (value: ReflectMessage) => T;
}

/** CEL knows types by their messages: this one has the key as its only field, and the value beside it. */
export function addedType<T>(name: string): AddedType<T> {
  const field = {
    name: "key",
    number: 1,
    type: FieldDescriptorProto_Type.STRING,
    label: FieldDescriptorProto_Label.OPTIONAL,
  };
  const at = name.lastIndexOf(".");
  const file = create(FileDescriptorProtoSchema, {
    name: `${name}.proto`,
    package: name.slice(0, at),
    syntax: "proto3",
    messageType: [{ name: name.slice(at + 1), field: [field] }],
  });
  const description = createFileRegistry(file, () => undefined).getMessage(name)!;
  const values = new WeakMap<object, T>();
  return {
    type: objectType(description),
    make: (value, key) => {
      const message = reflect(description);
      message.set(description.field["key"]!, key);
      values.set(message.message, value);
      return message;
    },
    read: ({ message }) => values.get(message)!,
  };
}
