using Grpc.Core;

namespace Nico.SiteSimulator.Rules;

/// <summary>The ways in which a controller says no (60, section 5.3).</summary>
internal static class Refuse
{
    public static RpcException Invalid(string message) => new(new Status(StatusCode.InvalidArgument, message));

    public static RpcException NotFound(string kind, string id) => new(new Status(StatusCode.NotFound, $"{kind} not found: {id}"));

    public static RpcException Precondition(string message) => new(new Status(StatusCode.FailedPrecondition, message));

    public static RpcException Exhausted(string pool) => new(new Status(StatusCode.ResourceExhausted, $"Resource pool {pool} is empty"));

    public static RpcException Internal(string message) => new(new Status(StatusCode.Internal, message));

    /// <summary>What a controller says when its database finds a second row with the same key.</summary>
    public static RpcException Duplicate(string constraint) =>
        Internal($"Database Error: error returned from database: duplicate key value violates unique constraint \"{constraint}\"");

    public static RpcException VersionMismatch(string kind, string id, string expected) =>
        Precondition($"An object of type {kind} was intended to be modified did not have the expected version {expected}: {id}");
}
