using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Hardware.Machines.GetGpuStats;

/// <summary>The GPUs of a site's machines by model. Source: spec/41-machine.md, section 10.</summary>
public sealed record GetGpuStats : IQuery<IReadOnlyList<MachineGPUStats>>
{
    /// <summary>The site, one of the org's provider.</summary>
    [Query]
    public Guid? SiteId { get; init; }
}

/// <summary>How many GPUs of a model a site has.</summary>
public sealed record MachineGPUStats
{
    /// <summary>Model of the GPU.</summary>
    public required string Name { get; init; }

    /// <summary>GPUs of the model.</summary>
    public int Gpus { get; init; }

    /// <summary>Machines that have some.</summary>
    public int Machines { get; init; }
}

internal sealed class GetGpuStatsEndpoint : QueryEndpoint<GetGpuStats, IReadOnlyList<MachineGPUStats>>
{
    public override void Configure()
    {
        Get("machine/gpu/stats");
        Allow(Role.ProviderAdmin);
        Describe("get-machine-gpu-stats", "Machine", "Count a site's GPUs", "The GPUs of the site's machines, by model and in the order of their names.", 404);
    }

    internal sealed class Rules : FastEndpoints.Validator<GetGpuStats>
    {
        public Rules() => RuleFor(stats => stats.SiteId).Required();
    }
}
