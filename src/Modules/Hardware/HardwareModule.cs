using Microsoft.Extensions.DependencyInjection;
using Nico.SharedKernel.Data;

namespace Nico.Hardware;

/// <summary>What providers own: sites and their machines.</summary>
public static class HardwareModule
{
    /// <summary>Registers what other modules and the Host may ask of this module.</summary>
    public static IServiceCollection AddHardware(this IServiceCollection services)
    {
        DapperTypes.Register();
        return services;
    }
}
