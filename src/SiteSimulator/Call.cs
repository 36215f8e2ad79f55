using Grpc.Core;

namespace Nico.SiteSimulator;

/// <summary>A call that the site received.</summary>
/// <param name="At">When it was over.</param>
/// <param name="Rpc">Name of the RPC: <c>CreateVpc</c>.</param>
/// <param name="Code">How it was answered.</param>
/// <param name="Took">How long it took.</param>
/// <param name="RequestBytes">Size of the request.</param>
public sealed record Call(DateTimeOffset At, string Rpc, StatusCode Code, TimeSpan Took, int RequestBytes);
