using Microsoft.Extensions.DependencyInjection;
using Nico.SharedKernel.Data;

namespace Nico.Networking;

/// <summary>Addresses and networks: IP blocks, VPCs, VPC prefixes and subnets.</summary>
public static class NetworkingModule
{
    /// <summary>Registers what other modules and the Host may ask of this module.</summary>
    public static IServiceCollection AddNetworking(this IServiceCollection services)
    {
        DapperTypes.Register();
        return services;
    }
}
