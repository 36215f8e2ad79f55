using MediatR;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Compute.OperatingSystems.DeleteOperatingSystem;

/// <summary>A tenant's order to remove an operating system. Source: spec/32-operating-system.md, section 4.5.</summary>
public sealed record DeleteOperatingSystem : ICommand<Unit>
{
    /// <summary>Id of the operating system.</summary>
    [Path]
    public Guid OperatingSystemId { get; init; }
}

internal sealed class DeleteOperatingSystemEndpoint : DeleteEndpoint<DeleteOperatingSystem>
{
    public override void Configure()
    {
        Delete("operating-system/{operatingSystemId}");
        Allow(Role.TenantAdmin);
        Describe(
            "delete-operating-system",
            "Operating System",
            "Delete an operating system",
            "Removes an operating system that no instance uses. One that is booted by script is gone at once, an image is Deleting until its site "
            + "no longer has it. Repeating the order is no error.",
            404,
            409,
            412,
            501);
    }
}
