!> All parameters of the column physics, each set under the name of its process.
module physics_parameter_sets
    use clouds_process, only: clouds_parameters
    use convection_process, only: convection_parameters
    use humidity_process, only: humidity_parameters
    use large_scale_condensation_process, only: large_scale_condensation_parameters
    use longwave_radiation_process, only: longwave_radiation_parameters
    use shortwave_radiation_process, only: shortwave_radiation_parameters
    use surface_fluxes_process, only: surface_fluxes_parameters
    use vertical_diffusion_process, only: vertical_diffusion_parameters
    implicit none
    private
    public :: physics_parameters

    type :: physics_parameters
        type(humidity_parameters) :: humidity
        type(convection_parameters) :: convection
        type(large_scale_condensation_parameters) :: large_scale_condensation
        type(clouds_parameters) :: clouds
        type(shortwave_radiation_parameters) :: shortwave_radiation
        type(longwave_radiation_parameters) :: longwave_radiation
        type(surface_fluxes_parameters) :: surface_fluxes
        type(vertical_diffusion_parameters) :: vertical_diffusion
    end type physics_parameters

end module physics_parameter_sets
