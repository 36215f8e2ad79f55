using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;

namespace Nico.SiteLink.Resources;

/// <summary>Names which command of which kind a handler carries out.</summary>
/// <param name="Kind">Kind of the resource.</param>
/// <param name="Operation">What is done to it.</param>
public readonly record struct SiteCommandKey(string Kind, SiteOperation Operation);

/// <summary>Registers what carries out commands at sites.</summary>
public static class SiteResourceServices
{
    /// <summary>A handler of its own for one operation on one kind.</summary>
    public static IServiceCollection AddSiteCommand<THandler>(this IServiceCollection services, string kind, SiteOperation operation)
        where THandler : SiteCommandHandler => services.AddKeyedScoped<SiteCommandHandler, THandler>(new SiteCommandKey(kind, operation));

    /// <summary>A kind with the life that kinds at sites share. It can be asked for by its own type.</summary>
    public static IServiceCollection AddSiteResource<TResource, TRow, TReported>(this IServiceCollection services, string kind)
        where TResource : SiteResource<TRow, TReported>
        where TRow : class
        where TReported : class, IMessage<TReported>, new() => services
            .AddScoped<TResource>()
            .AddScoped<SiteResource<TRow, TReported>>(provider => provider.GetRequiredService<TResource>())
            .AddSiteCommand<CreateAtSite<TRow, TReported>>(kind, SiteOperation.Create)
            .AddSiteCommand<UpdateAtSite<TRow, TReported>>(kind, SiteOperation.Update)
            .AddSiteCommand<DeleteAtSite<TRow, TReported>>(kind, SiteOperation.Delete);

    /// <summary>The handler of one operation on one kind; null when there is none.</summary>
    internal static SiteCommandHandler? HandlerOf(this IServiceProvider services, string kind, SiteOperation operation) =>
        services.GetKeyedService<SiteCommandHandler>(new SiteCommandKey(kind, operation));
}
