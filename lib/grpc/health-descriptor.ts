import { create } from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import { healthServiceName, servingStatus } from "./health.ts";

/** The file that describes the standard health service, which is not among our contracts. */
export function healthDescriptor(): FileDescriptorProto {
  const [request, response] = [".grpc.health.v1.HealthCheckRequest", ".grpc.health.v1.HealthCheckResponse"];
  const status = `${response}.ServingStatus`;
  return create(FileDescriptorProtoSchema, {
    name: "grpc/health/v1/health.proto",
    package: healthServiceName.slice(0, healthServiceName.lastIndexOf(".")),
    syntax: "proto3",
    messageType: [
      {
        name: "HealthCheckRequest",
        field: [{ name: "service", jsonName: "service", number: 1, type: Type.STRING, label: Label.OPTIONAL }],
      },
      {
        name: "HealthCheckResponse",
        field: [
          { name: "status", jsonName: "status", number: 1, type: Type.ENUM, typeName: status, label: Label.OPTIONAL },
        ],
        enumType: [
          { name: "ServingStatus", value: Object.entries(servingStatus).map(([name, number]) => ({ name, number })) },
        ],
      },
    ],
    service: [
      {
        name: "Health",
        method: [
          { name: "Check", inputType: request, outputType: response },
          { name: "Watch", inputType: request, outputType: response, serverStreaming: true },
        ],
      },
    ],
  });
}
