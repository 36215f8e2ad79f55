using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Compute.OperatingSystems.GetOperatingSystem;

/// <summary>One operating system. Source: spec/32-operating-system.md, section 4.3.</summary>
public sealed record GetOperatingSystem : IQuery<OperatingSystemResponse>
{
    /// <summary>Id of the operating system.</summary>
    [Path]
    public Guid OperatingSystemId { get; init; }

    /// <summary>Related objects to embed; may be repeated.</summary>
    [Query]
    public IReadOnlyList<OperatingSystemRelation> IncludeRelation { get; init; } = [];

    /// <summary>Entries of the history to show; more after a change.</summary>
    internal int Entries { get; init; } = StatusHistory.Shown;
}

internal sealed class GetOperatingSystemEndpoint : QueryEndpoint<GetOperatingSystem, OperatingSystemResponse>
{
    public override void Configure()
    {
        Get("operating-system/{operatingSystemId}");
        Allow(Role.TenantAdmin);
        Describe("get-operating-system", "Operating System", "Retrieve an operating system", "An operating system of the org's tenant.", 404);
    }
}
