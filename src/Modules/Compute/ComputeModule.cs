using Microsoft.Extensions.DependencyInjection;
using Nico.SharedKernel.Data;

namespace Nico.Compute;

/// <summary>What tenants are given and what they run: allocations, operating systems and instances.</summary>
public static class ComputeModule
{
    /// <summary>Registers what other modules and the Host may ask of this module.</summary>
    public static IServiceCollection AddCompute(this IServiceCollection services)
    {
        DapperTypes.Register();
        return services;
    }
}
